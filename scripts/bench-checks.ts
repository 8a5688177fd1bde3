/** What a bench measures and how it is judged. */

export interface Check {
  readonly name: string
  readonly value: number | null
  readonly unit: string
  /** What it must reach, e.g. `<= 300`. */
  readonly goal: string
  /** null: not run. */
  readonly ok: boolean | null
  /** Why it was not run. */
  readonly why?: string
}

export interface BenchResult {
  readonly checks: readonly Check[]
  readonly raw: Readonly<Record<string, unknown>>
  /** What people may want to read besides. */
  readonly lines?: readonly string[]
}

export interface BenchOptions {
  /** How long, of a bench that can be told. */
  readonly minutes: number | undefined
  /** Less of everything, of a bench that takes long: the figures are rough. */
  readonly quick: boolean
  /** Only these, of a bench that has parts; none: all. */
  readonly parts: readonly string[]
  /** Of a bench that draws what it measures by chance. */
  readonly seed: number | undefined
  /** File with what is measured, of a bench that can be told. */
  readonly scenario: string | undefined
}

/** What each file of `scripts/bench/` exports as `bench`. `note` shows progress on stderr. */
export type Bench = (note: (text: string) => void, options: BenchOptions) => Promise<BenchResult>

/** A check of `value` against a limit. */
export function check(
  name: string,
  value: number,
  unit: string,
  goal: `${'<=' | '>='} ${number}`,
): Check {
  const [sign, limit] = goal.split(' ')
  const ok = sign === '<=' ? value <= Number(limit) : value >= Number(limit)
  return { name, value, unit, goal, ok }
}

/** A check that could not be run here. */
export function notRun(name: string, unit: string, goal: string, why: string): Check {
  return { name, value: null, unit, goal, ok: null, why }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}
