/** Rows of one record as blocks hold them, and how rows of several blocks meet. */
import { isStale } from '../../../promql/index.ts'

/** How values of one time meet. */
export type Merge = 'add' | 'max' | 'min' | 'last' | 'first'

export const MERGES: readonly Merge[] = ['add', 'max', 'min', 'last', 'first']

/**
 * What a row says of its time. `add`: a contribution, which meets those of older blocks. `set`: it replaces
 * what older blocks have. `gone`: what older blocks have was taken back; its values are 0. Numbers of the format.
 */
export const OP = { add: 0, set: 1, gone: 2 } as const

export interface RecordRows {
  /** Unix ms, integers, ascending. */
  readonly times: Float64Array
  /** Each as long as `times`. */
  readonly columns: readonly Float64Array[]
  /** Of each row, one of `OP`; left out when all are `add`. */
  readonly ops?: Uint8Array
}

/**
 * The rows of one record out of several blocks, the oldest block first, as one. `merges`: of these columns.
 * The answer may still say `set` and `gone`, for blocks that are older still.
 */
export function compose(parts: readonly RecordRows[], merges: readonly Merge[]): RecordRows {
  const filled = parts.filter(({ times }) => times.length > 0)
  const [first] = filled
  if (filled.length === 1 && first) return first
  return filled.every(follows) ? concat(filled, merges.length) : meetAll(filled, merges)
}

/** Without rows that are gone, and without saying how rows came to be. */
export function settle({ times, columns, ops }: RecordRows): RecordRows {
  if (!ops?.includes(OP.gone)) return { times, columns }
  const kept = [...ops.keys()].filter((row) => ops[row] !== OP.gone)
  const pick = (values: Float64Array) => {
    const picked = new Float64Array(kept.length)
    for (const [at, row] of kept.entries()) copy(values, row, picked, at)
    return picked
  }
  return { times: pick(times), columns: columns.map(pick) }
}

function follows({ times }: RecordRows, at: number, parts: readonly RecordRows[]): boolean {
  const before = parts[at - 1]?.times.at(-1) ?? -Infinity
  return before < (times[0] as number)
}

function concat(parts: readonly RecordRows[], width: number): RecordRows {
  const rows = parts.reduce((sum, { times }) => sum + times.length, 0)
  // All of it is one piece of memory: many small ones cost more than what is in them.
  const { buffer } = new Float64Array(rows * (width + 1))
  const column = (at: number) => new Float64Array(buffer, 8 * rows * at, rows)
  const times = column(width)
  const columns = Array.from({ length: width }, (_, at) => column(at))
  const ops = parts.some((part) => part.ops) ? new Uint8Array(rows) : undefined
  let at = 0
  for (const part of parts) {
    times.set(part.times, at)
    for (const [column, values] of part.columns.entries()) columns[column]?.set(values, at)
    if (part.ops) ops?.set(part.ops, at)
    at += part.times.length
  }
  return ops ? { times, columns, ops } : { times, columns }
}

function meetAll(parts: readonly RecordRows[], merges: readonly Merge[]): RecordRows {
  const times = Float64Array.from(new Set(parts.flatMap((part) => [...part.times]))).sort()
  const columns = merges.map(() => new Float64Array(times.length))
  const ops = new Uint8Array(times.length)
  const isThere = new Uint8Array(times.length)
  for (const part of parts) {
    let at = 0
    for (let row = 0; row < part.times.length; row++) {
      while ((times[at] as number) < (part.times[row] as number)) at++
      const op = part.ops?.[row] ?? OP.add
      const meets = op === OP.add && isThere[at] === 1 && ops[at] !== OP.gone
      for (let column = 0; column < columns.length; column++) {
        const into = columns[column] as Float64Array
        const from = part.columns[column] as Float64Array
        if (meets) meet(merges[column] ?? 'add', { from, row }, { into, at })
        else copy(from, row, into, at)
      }
      // What comes after a row that is gone or replaces, replaces with it.
      if (op !== OP.add) ops[at] = op
      else if (ops[at] === OP.gone) ops[at] = OP.set
      isThere[at] = 1
    }
  }
  return ops.some((op) => op !== OP.add) ? { times, columns, ops } : { times, columns }
}

/** A value that was lost (`STALE`) gives way to one that is there; not the first one, which may be a stale marker. */
function meet(
  merge: Merge,
  { from, row }: { from: Float64Array; row: number },
  { into, at }: { into: Float64Array; at: number },
): void {
  const value = from[row] as number
  const old = into[at] as number
  if (merge === 'first') return
  if (merge === 'last' || isStale(old)) copy(from, row, into, at)
  else if (isStale(value)) return
  else if (merge === 'add') into[at] = old + value
  else into[at] = merge === 'max' ? Math.max(old, value) : Math.min(old, value)
}

/** Bit for bit, whatever NaN it is. */
function copy(from: Float64Array, row: number, into: Float64Array, at: number): void {
  const value = from[row] as number
  // biome-ignore lint/suspicious/noSelfCompare: the cheapest test for NaN
  if (value === value) into[at] = value
  else into.set(from.subarray(row, row + 1), at)
}
