/** What causes and explanations say, line by line. */
import type { UnixMs } from '../../model/time.ts'
import type { DatedFinding, Explanation } from './explain.ts'
import type { NodeChange } from './node-change.ts'
import type { Cause, Hop } from './root-cause.ts'
import type { Measure } from './standing-out.ts'
import type { NextStep } from './verdict.ts'
import { type Language, WORDS, type Words } from './words.ts'

/** Bounds of the latency buckets end here; what is beyond has no upper bound. */
const LAST_BOUND_MS = 3000
/** Services named in one line. */
const MAX_NAMES = 5

export interface Telling {
  readonly language: Language
  /** How the reader sees an instant. */
  readonly timeText: (at: UnixMs) => string
}

/** Lines of text, the verdict first; what the alert measures is its `measure`. */
export function explanationLines(
  { findings, verdict, slowTail }: Explanation,
  measure: Measure,
  { language, timeText }: Telling,
): string[] {
  const words = WORDS[language]
  const lines = [words.verdict[verdict.kind]]
  for (const finding of findings) lines.push(findingLine(finding, measure, words, timeText))
  if (slowTail) {
    const { le, share, trafficShare } = slowTail
    const bound = Number.isFinite(le) ? words.upTo(le) : words.beyond(LAST_BOUND_MS)
    lines.push(words.slowTail(percent(share), percent(trafficShare), bound))
  }
  return [...lines, stepLine(verdict.nextStep, words, timeText)]
}

function findingLine(
  { dimension, values, share, trafficShare, since, change }: DatedFinding,
  measure: Measure,
  words: Words,
  timeText: Telling['timeText'],
): string {
  const names = values.map(({ value }) => value).join(words.and)
  return [
    words.finding(
      words.measure[measure],
      percent(share),
      words.dimension[dimension],
      names,
      percent(trafficShare),
    ),
    since === undefined ? '' : words.since(timeText(since)),
    change ? words.afterChange(words.change[change.kind], timeText(change.at)) : '',
  ].join('')
}

function stepLine(step: NextStep, words: Words, timeText: Telling['timeText']): string {
  const list = (names: readonly string[]) => names.join(words.and)
  switch (step.kind) {
    case 'isolate-node':
      return words.step.isolateNode(list(step.nodes))
    case 'check-process':
      return words.step.checkProcess(list(step.nodes))
    case 'check-change':
      return words.step.checkChange(list(step.nodes), words.change[step.change], timeText(step.at))
    case 'check-caller':
      return words.step.checkCaller(list(step.callers))
    case 'check-network':
      return words.step.checkNetwork(wayOf(list(step.callers), list(step.nodes), words))
    case 'check-interface':
      return words.step.checkInterface(list(step.interfaces))
    case 'check-service':
      return words.step.checkService
  }
}

function wayOf(callers: string, nodes: string, words: Words): string {
  if (callers !== '' && nodes !== '') return words.between(callers, nodes)
  if (callers !== '') return words.fromOnly(callers)
  return nodes === '' ? '' : words.toOnly(nodes)
}

/** One line: whom the cause hits; undefined when nobody. */
export function impactLine({ matter, impact }: Cause, language: Language): string | undefined {
  const { hits, unlisted } = impact
  if (hits.length === 0) return undefined
  const words = WORDS[language]
  const count = hits.length + unlisted
  const shareOf = matter.kind === 'load' ? words.ofLoad : words.ofTrouble
  // Whom all of it hits has no share; the first one's says of what it is.
  const isShared = hits.filter(({ hops }) => hops === 1).length > 1
  const names = hits.slice(0, MAX_NAMES).map(({ service, share, hops }, n) => {
    if (!isShared || hops > 1) return service
    return `${service} ${n === 0 ? shareOf(percent(share)) : percent(share)}`
  })
  const more = count > names.length ? words.more(count - names.length) : ''
  const text = names.join(words.and) + more
  return matter.kind === 'load' ? words.impactOfLoad(count, text) : words.impact(count, text)
}

/** One line: what else is in trouble with the machine of a service, as its reader sees it; undefined when nothing is. */
export function machineLine(
  service: string,
  { matter, machine }: Cause,
  language: Language,
): string | undefined {
  if (!machine) return undefined
  const words = WORDS[language]
  const others = [matter.service, ...machine.others].filter((each) => each !== service)
  const names = others.slice(0, MAX_NAMES).join(words.and)
  const more = others.length > MAX_NAMES ? words.more(others.length - MAX_NAMES) : ''
  return words.machine(machine.node, names + more)
}

/** Why an alert was folded, or what one that is told for its cause is due to: `A → M → D`. */
export function becauseLine(
  service: string,
  { matter }: Cause,
  path: readonly Hop[],
  language: Language,
): string {
  const [first] = path
  const names = first
    ? [first.caller, ...path.map(({ callee }) => callee)]
    : [service, matter.service]
  return WORDS[language].because(service, matter.service, names.join(' → '))
}

/** Why nobody is told. */
export function excuseLine(
  { node, kind, at }: NodeChange,
  { language, timeText }: Telling,
): string {
  const { excused, change } = WORDS[language]
  return excused(node, change[kind], timeText(at))
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`
}
