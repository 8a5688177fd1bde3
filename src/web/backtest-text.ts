/** What a backtest judged, and whom it told, for people. Pure. */
import type { BacktestReport, Extent } from './backtest-report.ts'

/** A text of `backtests`, and what goes into it; times are in ms since the Unix epoch. */
export interface Note {
  readonly key: 'nothing' | 'since' | 'until' | 'between' | 'missing' | 'whole' | 'unreadable'
  readonly words: Readonly<Record<string, string>>
  readonly times: Readonly<Record<string, number>>
}

type Report = Pick<BacktestReport, 'fromMs' | 'toMs' | 'judged' | 'short' | 'unreadable'>
type Alarm = BacktestReport['alarms'][number]

const SHOWN = 3

/** Why less was judged than was asked for; none: all was. */
export function notesOf(report: Report): Note[] {
  const { judged, short, unreadable } = report
  const all = judged ? partNotes(judged, report) : [note('nothing')]
  const own = short.flatMap((one) => {
    // With a single rule it is clear whose it is.
    const rule = short.length > 1 ? `${one.rule}: ` : ''
    const part = one.judged && judged ? partNotes(one.judged, judged) : []
    return [
      ...part.map((each) => ({ ...each, words: { rule } })),
      ...(one.missing.length > 0 ? [note('missing', { rule, missing: listed(one.missing) })] : []),
      ...(one.wholeFromMs === undefined ? [] : [note('whole', { rule }, { at: one.wholeFromMs })]),
    ]
  })
  const unread = unreadable.length > 0 ? [note('unreadable', { what: listed(unreadable) })] : []
  return [...all, ...own, ...unread]
}

function partNotes({ fromMs: from, toMs: to }: Extent, whole: Extent): Note[] {
  const [isLate, isEarly] = [from > whole.fromMs, to < whole.toMs]
  if (!isLate && !isEarly) return []
  const key = isLate && isEarly ? 'between' : isLate ? 'since' : 'until'
  return [note(key, { rule: '' }, { from, to })]
}

function note(key: Note['key'], words: Note['words'] = {}, times: Note['times'] = {}): Note {
  return { key, words, times }
}

function listed(texts: readonly string[]): string {
  return [...texts.slice(0, SHOWN), ...(texts.length > SHOWN ? ['…'] : [])].join(', ')
}

/** Whom all of the reports tell most, first; their messages in each. */
export function toldIn(
  reports: readonly Pick<BacktestReport, 'byContact'>[],
): { readonly name: string; readonly counts: readonly number[] }[] {
  const names = [...new Set(reports.flatMap(({ byContact }) => Object.keys(byContact)))]
  const told = names.map((name) => {
    return { name, counts: reports.map(({ byContact }) => byContact[name] ?? 0) }
  })
  return told.sort((a, b) => Math.max(...b.counts) - Math.max(...a.counts))
}

const OF_RULE = ['alertname', 'severity']

/** What an alarm is about: the service, its interface, then all else that tells it from others. */
export function placeOf({ labels }: Pick<Alarm, 'labels'>): string {
  const { callee, module, interface: name, property, ...others } = labels
  const known = [callee ?? module, name, property].filter((one) => one !== undefined && one !== '')
  const ofModule = callee !== undefined && module !== undefined ? { module } : {}
  const rest = Object.entries({ ...ofModule, ...others })
    .filter(([label, value]) => !OF_RULE.includes(label) && value !== '')
    .map(([label, value]) => `${label}=${value}`)
  return [...known, ...rest].join(' ')
}
