/** The nine rules, asked of several in turn through their HTTP doors; and whether they say the same. */
import { setTimeout } from 'node:timers/promises'
import { median } from '../../bench-checks.ts'
import type { Model } from './data.ts'
import { RULES } from './rules.ts'
import type { Slot } from './schedule.ts'
import type { Answer, Target, TargetName } from './target.ts'
import { cpuSecondsOf, settled } from './usage.ts'

/** Off every boundary: Prometheus 2 takes both ends of a range, Prometheus 3 and we one. */
const AFTER_LAST_MS = 30_000
const SETTLES_WITHIN_MS = 45_000
const SHOWN_WITHIN_TRIES = 30
/** Of sums in another order. */
const TOLERANCE = 1e-9

export interface RuleFigures {
  /** Median milliseconds of each rule, and their sum. */
  readonly rules: Readonly<Record<string, number>>
  readonly sumMs: number
  /** The same of the fastest of each: what it takes when nobody disturbs. */
  readonly fastestSumMs: number
  /** Of all threads, for the nine: median of the rounds. */
  readonly cpuMs: number
}

export interface Comparison {
  readonly figures: Readonly<Partial<Record<TargetName, RuleFigures>>>
  /** Values compared; what differed, a line each. */
  readonly compared: number
  readonly differences: readonly string[]
}

export async function load(target: Target, model: Model, minutes: readonly Slot[]): Promise<void> {
  for (const { number, endMs } of minutes) await target.push(model.minute(number, endMs))
}

export async function measureRules(
  targets: readonly Target[],
  lastMs: number,
  rounds: number,
): Promise<Comparison> {
  const pids = targets.map(({ pid }) => pid)
  await settled(pids, SETTLES_WITHIN_MS)
  const atMs = lastMs + AFTER_LAST_MS
  const { compared, differences } = await compare(targets, atMs)
  const all = targets.map((target) => {
    return { target, times: RULES.map((): number[] => []), cpu: [cpuSecondsOf(target.pid)] }
  })
  for (let round = 0; round < rounds; round++) {
    for (const [rule, { value, condition }] of RULES.entries()) {
      for (const { target, times } of all) {
        const { ms } = await target.query(`${value} ${condition}`, atMs)
        times[rule]?.push(ms)
      }
    }
    for (const { target, cpu } of all) cpu.push(cpuSecondsOf(target.pid))
  }
  const figures: Comparison['figures'] = Object.fromEntries(
    all.map(({ target, times, cpu }) => [target.name, figuresOf(times, cpu)]),
  )
  return { figures, compared, differences }
}

function figuresOf(times: readonly (readonly number[])[], cpu: readonly number[]): RuleFigures {
  const rounds = cpu.slice(1).map((seconds, round) => seconds - (cpu[round] ?? Number.NaN))
  const medians = times.map(median)
  const sumOf = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0)
  return {
    rules: Object.fromEntries(RULES.map(({ name }, rule) => [name, medians[rule] ?? Number.NaN])),
    sumMs: sumOf(medians),
    fastestSumMs: sumOf(times.map((each) => Math.min(...each))),
    cpuMs: 1_000 * median(rounds),
  }
}

/** Each against the first, with the conditions and without. */
async function compare(targets: readonly Target[], atMs: number) {
  const differences: string[] = []
  let compared = 0
  const [first, ...others] = targets
  if (!first) throw new RangeError('nobody to ask')
  for (const { name, value, condition } of RULES) {
    for (const expr of [value, `${value} ${condition}`]) {
      const expected = await first.query(expr, atMs)
      compared += expected.vector.size
      if (expr === value && expected.vector.size === 0) differences.push(`${name}: no value`)
      for (const other of others) {
        const what = `${name}${expr === value ? ' without its condition' : ''}, ${other.name}`
        const found = await lastingDifference(expected, () => other.query(expr, atMs))
        if (found !== undefined) differences.push(`${what} (${first.name}): ${found}`)
      }
    }
  }
  return { compared, differences }
}

/** VictoriaMetrics shows what it has taken some seconds later. */
async function lastingDifference(
  expected: Answer,
  query: () => Promise<Answer>,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const found = difference(expected, await query())
    if (found === undefined || tries === SHOWN_WITHIN_TRIES) return found
    await setTimeout(1_000)
  }
}

function difference({ vector: expected }: Answer, { vector }: Answer): string | undefined {
  if (vector.size !== expected.size) return `${vector.size} series (${expected.size})`
  for (const [labels, value] of expected) {
    const found = vector.get(labels)
    if (found === undefined) return `no ${labels}`
    const isNear = Math.abs(found - value) <= TOLERANCE * Math.abs(value) || Object.is(found, value)
    if (!isNear) return `${labels}: ${found} (${value})`
  }
  return undefined
}
