import {
  type Annotations,
  type EvaluateOptions,
  type Expr,
  evaluateInstant,
  evaluateRange,
  PromqlError,
  parse,
  selectors,
  type Value,
} from '../../src/promql/index.ts'
import { EXPERIMENTAL_AGGREGATIONS, EXPERIMENTAL_FUNCTIONS } from '../../src/promql/signature.ts'
import { compareInstant, compareRange, type Difference } from './compare.ts'
import type { Eval } from './script.ts'
import { parseScript } from './script.ts'
import { ScriptSource } from './script-source.ts'

export type Outcome =
  | { readonly kind: 'passed'; readonly line: number }
  | { readonly kind: 'skipped'; readonly line: number; readonly reason: string }
  | {
      readonly kind: 'failed'
      readonly line: number
      readonly expr: string
      readonly difference: Difference
    }

/** What Prometheus' own test engine has on. */
const OPTIONS: EvaluateOptions = { delayedNameRemoval: true, subqueryStepMs: 60_000 }

/** Runs a script; one outcome for each of its evaluations. */
export async function runScript(script: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  let source = new ScriptSource()
  for (const command of parseScript(script)) {
    if (command.kind === 'clear') source = new ScriptSource()
    if (command.kind === 'load') source.load(command)
    if (command.kind === 'eval') outcomes.push(await runEval(command, source))
  }
  return outcomes
}

async function runEval(command: Eval, source: ScriptSource): Promise<Outcome> {
  const { line, expr } = command
  const reason = outOfScope(command, source)
  if (reason) return { kind: 'skipped', line, reason }
  const difference = await differenceOf(command, source)
  return difference ? { kind: 'failed', line, expr, difference } : { kind: 'passed', line }
}

const EXPERIMENTAL = [...EXPERIMENTAL_FUNCTIONS, ...EXPERIMENTAL_AGGREGATIONS].join('|')
/** How one knows an expression with what Prometheus has behind feature flags. */
const EXPERIMENTS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`\\b(?:${EXPERIMENTAL})\\s*(?:\\(|by\\b|without\\b)`), 'experimental function'],
  [/\b(?:anchored|smoothed)\b/, 'experimental range modifier'],
  [/\bfill(?:_left|_right)?\s*\(/, 'experimental fill modifier'],
]

function outOfScope({ expr: text, series }: Eval, source: ScriptSource): string | undefined {
  const noted = series.find(({ outside }) => outside)?.outside
  if (noted) return noted
  let expr: Expr
  try {
    expr = parse(text)
  } catch {
    return EXPERIMENTS.find(([pattern]) => pattern.test(text))?.[1]
  }
  for (const { matchers } of selectors(expr)) {
    const found = source.outside(matchers)
    if (found) return found
  }
  return undefined
}

async function differenceOf(command: Eval, source: ScriptSource): Promise<Difference | undefined> {
  const { expr, atMs, range } = command
  const failure = command.expectations.filter(({ type }) => type === 'fail')
  try {
    const value =
      atMs === undefined && range
        ? await evaluateRange(expr, range.startMs, range.endMs, range.stepMs, source, OPTIONS)
        : await evaluateInstant(expr, atMs ?? 0, source, OPTIONS)
    if (failure.length > 0) return { expected: 'a failure', got: JSON.stringify(value) }
    const difference = range ? compareRange(command, value) : compareInstant(command, value)
    return (
      compareNotes(command, value.annotations) ??
      difference ??
      (range ? undefined : await compareAsRange(command, value, source))
    )
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error
    const other = failure.find(({ matches }) => matches && !matches(error.message))
    if (failure.length > 0 && !other) return undefined
    return { expected: other?.text ?? 'a value', got: error.message }
  }
}

const AROUND_MS = 60_000

/** An instant query must give the same as a range query at that instant. */
async function compareAsRange(
  command: Eval,
  value: Value,
  source: ScriptSource,
): Promise<Difference | undefined> {
  const { expr, atMs = 0, expectations } = command
  // What depends on the range of the query is another question.
  const ordered = expectations.some(({ type }) => type === 'ordered')
  if (/\b(?:step|range)\s*\(/i.test(expr)) return undefined
  if (ordered || value.type === 'matrix' || value.type === 'string') return undefined
  const [startMs, endMs] = [atMs - AROUND_MS, atMs + AROUND_MS]
  const around = await evaluateRange(expr, startMs, endMs, AROUND_MS, source, OPTIONS)
  const samples = (around.type === 'matrix' ? around.series : []).flatMap(
    ({ labels, times, values }) => {
      const number = values[Array.from(times).indexOf(atMs)]
      return number === undefined ? [] : [{ labels, value: number, atMs }]
    },
  )
  const { annotations } = around
  const middle: Value =
    value.type === 'scalar'
      ? { type: 'scalar', value: samples[0]?.value ?? Number.NaN, annotations }
      : { type: 'vector', samples, annotations }
  const difference = compareInstant(command, middle)
  return difference && { ...difference, got: `as a range query: ${difference.got}` }
}

function compareNotes(
  { expectations }: Eval,
  { warnings, infos }: Annotations,
): Difference | undefined {
  const kinds = [
    { type: 'warn', got: warnings },
    { type: 'info', got: infos },
  ]
  for (const { type, got } of kinds) {
    if (expectations.some((each) => each.type === `no_${type}`) && got.length > 0) {
      return { expected: `no ${type}`, got: got.join('; ') }
    }
    const wanted = expectations.filter((each) => each.type === type)
    if (wanted.length === 0) continue
    const missing = wanted.find(({ matches }) => !got.some((text) => matches?.(text) ?? true))
    if (missing) return { expected: missing.text, got: got.join('; ') || `no ${type}` }
    const more = got.find((text) => !wanted.some(({ matches }) => matches?.(text) ?? true))
    if (more) return { expected: `only ${wanted.map(({ text }) => text).join('; ')}`, got: more }
  }
  return undefined
}
