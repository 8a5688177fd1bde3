/** The promqltest language: Prometheus' promql/promqltest/README.md. */
import { parseDurationMs, unquote } from '../../src/promql/literal.ts'
import { type NotedSeries, numberOf, parseSeries } from '../../src/promql/series-notation.ts'

export interface Load {
  readonly kind: 'load'
  readonly stepMs: number
  readonly series: readonly NotedSeries[]
  /** Also makes native histograms of the classic ones. */
  readonly withNative: boolean
}

export type ExpectationType = 'fail' | 'warn' | 'no_warn' | 'info' | 'no_info' | 'ordered'

export interface Expectation {
  readonly type: ExpectationType
  /** Of an error or annotation; absent: any. */
  readonly matches?: (text: string) => boolean
  readonly text: string
}

interface Steps {
  readonly startMs: number
  readonly endMs: number
  readonly stepMs: number
}

export interface Eval {
  readonly kind: 'eval'
  readonly line: number
  readonly expr: string
  /** An instant query has `startMs` only. */
  readonly atMs?: number
  readonly range?: Steps
  readonly expectations: readonly Expectation[]
  /** Of an instant query that gives a matrix. */
  readonly window?: Steps
  readonly text?: string
  readonly scalar?: number
  readonly series: readonly NotedSeries[]
}

export type Command = Load | Eval | { readonly kind: 'clear' }

interface Line {
  readonly number: number
  readonly text: string
}

/** The commands of a script. Throws with the line of what it does not understand. */
export function parseScript(script: string): readonly Command[] {
  const lines = script
    .split('\n')
    .map((text, i): Line => ({ number: i + 1, text: text.trim() }))
    .filter(({ text }) => !text.startsWith('#'))
  const commands: Command[] = []
  for (let at = 0; at < lines.length; ) {
    const head = lines[at++]
    if (!head || head.text === '') continue
    const body: Line[] = []
    for (let next = lines[at]; next && next.text !== ''; next = lines[++at]) {
      if (/^(?:load|eval|clear)\b(?![{:])/.test(next.text)) break
      body.push(next)
    }
    commands.push(parseCommand(head, body))
  }
  return commands
}

function parseCommand(head: Line, body: readonly Line[]): Command {
  try {
    if (head.text === 'clear') return { kind: 'clear' }
    const load = /^load(_with_nhcb)?\s+(\S+)$/.exec(head.text)
    if (load) {
      const series = body.map(({ text }) => parseSeries(text))
      return {
        kind: 'load',
        stepMs: timeMs(load[2] ?? ''),
        series,
        withNative: load[1] !== undefined,
      }
    }
    return parseEval(head, body)
  } catch (error) {
    throw new Error(`line ${head.number}: ${error instanceof Error ? error.message : error}`)
  }
}

const INSTANT = /^eval(?:_(fail|warn|info|ordered))?\s+instant\s+(?:at\s+(\S+)\s+)?(.+)$/
const RANGE =
  /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/
const EXPECT = /^expect\s+(fail|warn|no_warn|info|no_info|ordered)(?:\s+(msg|regex):\s*(.*))?$/
const OLD_FAIL = /^expected_fail_(message|regexp)\s+(.*)$/
const WINDOW = /^expect\s+range\s+vector\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)$/
const TEXT = /^expect\s+string\s+(.*)$/

function parseEval({ number, text }: Line, body: readonly Line[]): Eval {
  const instant = INSTANT.exec(text)
  const range = RANGE.exec(text)
  const [variant, expr] = [instant?.[1] ?? range?.[1], instant?.[3] ?? range?.[5]]
  if (expr === undefined) throw new Error(`not a command: ${text}`)
  const first: readonly Expectation[] = variant
    ? [{ type: variant as ExpectationType, text: `any ${variant}` }]
    : []
  const command: Eval = {
    kind: 'eval',
    line: number,
    expr,
    expectations: first,
    series: [],
    ...(instant && { atMs: timeMs(instant[2] ?? '0') }),
    ...(range && { range: stepsOf(range.slice(2, 5)) }),
  }
  return body.reduce((sofar, line) => withLine(sofar, line.text), command)
}

function stepsOf([from = '', to = '', step = '']: readonly string[]): Steps {
  return { startMs: timeMs(from), endMs: timeMs(to), stepMs: timeMs(step) }
}

function withLine(command: Eval, line: string): Eval {
  const expect = EXPECT.exec(line)
  const old = OLD_FAIL.exec(line)
  if (expect || old) {
    const type = (expect?.[1] ?? 'fail') as ExpectationType
    const regexp = expect?.[2] === 'regex' || old?.[1] === 'regexp'
    const expectation = expectationOf(type, expect ? expect[3] : old?.[2], regexp)
    return { ...command, expectations: [...command.expectations, expectation] }
  }
  const window = WINDOW.exec(line)
  if (window) return { ...command, window: stepsOf(window.slice(1)) }
  const text = TEXT.exec(line)
  if (text) return { ...command, text: unquote(text[1] ?? '""') }
  if (/^[+-]?(?:\.?\d|inf|nan)\S*$/i.test(line)) return { ...command, scalar: numberOf(line) }
  return { ...command, series: [...command.series, parseSeries(line)] }
}

function expectationOf(
  type: ExpectationType,
  text: string | undefined,
  regexp: boolean,
): Expectation {
  if (text === undefined) return { type, text: `any ${type}` }
  const plain = /^"(.*)"$/.exec(text)?.[1] ?? text
  if (!regexp) return { type, text, matches: (got) => got.includes(text) || got.includes(plain) }
  const pattern = new RegExp(plain)
  return { type, text, matches: (got) => pattern.test(got) }
}

/** `1m30s`, or seconds. */
function timeMs(text: string): number {
  const unsigned = text.replace(/^[+-]/, '')
  const ms = parseDurationMs(unsigned)
  const value = typeof ms === 'number' ? ms : numberOf(unsigned) * 1000
  return text.startsWith('-') ? -value : value
}
