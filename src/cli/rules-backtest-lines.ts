/** The report of a backtest in lines for people. */
import type { Extent } from '../cloud/backtest/judgeable.ts'
import type { Alarm, BacktestReport } from '../cloud/backtest/report.ts'
import type { UnixMs } from '../model/time.ts'
import { formatDurationMs } from '../support/duration.ts'
import type { BacktestWords } from './rules-backtest-words.ts'

const MAX_SHOWN = 50
const MAX_NAMES = 5

/** How people are told. */
export interface Reader {
  readonly words: BacktestWords
  /** `Asia/Shanghai`: whose clocks times are told by. */
  readonly zone: string
}

export function linesOf(report: BacktestReport, tookMs: number, reader: Reader): string[] {
  const { fromMs, toMs, evaluations, services, slow, unread, failed } = report
  const { words } = reader
  // Where nothing was judged it is no news that nothing was told.
  const isKnown = (report.judged !== null && evaluations > 0) || report.alarmCount > 0
  const timeOf = (at: UnixMs) => timeIn(reader.zone, at)
  return [
    words.head(timeOf(fromMs), timeOf(toMs), evaluations, services),
    ...judgedLines(report, reader),
    ...(isKnown
      ? [
          ...alarmLines(report, reader),
          ...messageLines(report, words),
          ...noiseLines(report, words),
        ]
      : []),
    ...slow.map(({ group, reason }) => words.slow(group, reason)),
    ...(unread.length > 0 ? [words.unread(unread.join(', '))] : []),
    ...failed.map(({ rule, times, firstAt, message }) =>
      words.failed(rule, times, timeOf(firstAt), message),
    ),
    words.took((tookMs / 1000).toFixed(1)),
  ]
}

/** What less was judged than was asked for. */
function judgedLines(
  { judged, evaluations, unreadable, ...report }: BacktestReport,
  reader: Reader,
) {
  const { words } = reader
  const short = report.short.flatMap((one) => {
    const part = judged && one.judged ? partLines(one.judged, judged, reader) : []
    const why = one.missing.join(', ')
    const whole = one.wholeFromMs
    return [
      ...part,
      ...(why === '' ? [] : [words.missing(why)]),
      ...(whole === undefined ? [] : [words.whole(timeIn(reader.zone, whole))]),
    ].map((line) => ({ rule: one.rule, line }))
  })
  const byLine = [...Map.groupBy(short, ({ line }) => line)].slice(0, MAX_SHOWN)
  return [
    ...(evaluations === 0 ? [words.noInstant] : []),
    ...(judged ? partLines(judged, report, reader) : [words.nothingJudged]),
    ...byLine.map(([line, those]) => words.ofRule(few(those.map(({ rule }) => rule)), line)),
    ...unreadable.map((what) => words.unreadable(what)),
  ]
}

function few(names: readonly string[]): string {
  return [...names.slice(0, MAX_NAMES), ...(names.length > MAX_NAMES ? ['…'] : [])].join(', ')
}

function partLines(part: Extent, whole: Extent, { words, zone }: Reader): string[] {
  if (part.fromMs <= whole.fromMs && part.toMs >= whole.toMs) return []
  return [words.dataOnly(timeIn(zone, part.fromMs), timeIn(zone, part.toMs))]
}

function alarmLines(report: BacktestReport, reader: Reader): string[] {
  const { alarmCount, alarms } = report
  const { words } = reader
  if (alarmCount === 0) return ['', words.noAlarms]
  const shown = alarms.slice(0, MAX_SHOWN).map((alarm) => alarmLine(alarm, reader))
  const rest = alarmCount - shown.length
  const more = rest > 0 ? [`  ${words.more(rest)}`] : []
  return ['', words.alarms(alarmCount), ...shown, ...more]
}

function alarmLine(alarm: Alarm, { words, zone }: Reader): string {
  const { firedAt, resolvedAt, rule, severity, labels } = alarm
  const { alertname: _, severity: _severity, ...others } = labels
  const pairs = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const end = resolvedAt === undefined ? words.stillFiring : timeIn(zone, resolvedAt)
  return `  ${timeIn(zone, firedAt)} … ${end}  ${severity} ${rule}{${pairs.join(', ')}}`
}

function messageLines({ messageCount, byContact }: BacktestReport, words: BacktestWords) {
  const contacts = Object.entries(byContact).sort(([, a], [, b]) => b - a)
  const shown = contacts.slice(0, MAX_SHOWN)
  return [
    '',
    words.messages(messageCount),
    ...shown.map(([contact, count]) => `  ${words.told(contact, count)}`),
  ]
}

function noiseLines({ noise }: BacktestReport, words: BacktestWords): string[] {
  if (!noise) return []
  const { messagesADay, alarmsPerServiceWeek, flappingShare, longestQuietMs } = noise
  const figures = {
    aDay: messagesADay.toFixed(1),
    perServiceWeek: alarmsPerServiceWeek?.toFixed(3) ?? words.unknown,
    flapping: `${(100 * flappingShare).toFixed(0)} %`,
    quiet: formatDurationMs(longestQuietMs),
  }
  return words.noise(figures).map((line) => `  ${line}`)
}

/** RFC 3339 by the clocks of the zone: `2026-03-02T10:00:00+08:00`, as `--from` takes it. */
function timeIn(timeZone: string, at: UnixMs): string {
  const format = { timeZone, dateStyle: 'short', timeStyle: 'medium' } as const
  // Sweden writes dates as ISO 8601 does.
  const [day, time] = new Intl.DateTimeFormat('sv-SE', format).format(at).split(' ')
  const offset = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')
  return `${day}T${time}${offset?.value.slice('GMT'.length) || 'Z'}`
}
