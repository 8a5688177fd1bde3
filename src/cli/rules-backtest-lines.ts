/** The report of a backtest in lines for people. */
import type { Alarm, BacktestReport } from '../cloud/backtest/report.ts'
import type { UnixMs } from '../model/time.ts'
import { formatDurationMs } from '../support/duration.ts'
import type { BacktestWords } from './rules-backtest-words.ts'

const MAX_SHOWN = 50

export function linesOf(report: BacktestReport, tookMs: number, words: BacktestWords): string[] {
  const { fromMs, toMs, evaluations, services, slow, unread, failed } = report
  return [
    words.head(timeOf(fromMs), timeOf(toMs), evaluations, services),
    ...alarmLines(report, words),
    ...messageLines(report, words),
    ...noiseLines(report, words),
    ...slow.map(({ group, reason }) => words.slow(group, reason)),
    ...(unread.length > 0 ? [words.unread(unread.join(', '))] : []),
    ...failed.map(({ rule, times, firstAt, message }) =>
      words.failed(rule, times, timeOf(firstAt), message),
    ),
    words.took((tookMs / 1000).toFixed(1)),
  ]
}

function alarmLines({ alarmCount, alarms }: BacktestReport, words: BacktestWords): string[] {
  if (alarmCount === 0) return ['', words.noAlarms]
  const shown = alarms.slice(0, MAX_SHOWN).map((alarm) => alarmLine(alarm, words))
  const rest = alarmCount - shown.length
  const more = rest > 0 ? [`  ${words.more(rest)}`] : []
  return ['', words.alarms(alarmCount), ...shown, ...more]
}

function alarmLine(alarm: Alarm, words: BacktestWords): string {
  const { firedAt, resolvedAt, rule, severity, labels } = alarm
  const { alertname: _, severity: _severity, ...others } = labels
  const pairs = Object.entries(others).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const end = resolvedAt === undefined ? words.stillFiring : timeOf(resolvedAt)
  return `  ${timeOf(firedAt)} … ${end}  ${severity} ${rule}{${pairs.join(', ')}}`
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
  const { messagesADay, alarmsPerServiceWeek, flappingShare, longestQuietMs } = noise
  const figures = {
    aDay: messagesADay.toFixed(1),
    perServiceWeek: alarmsPerServiceWeek?.toFixed(3) ?? words.unknown,
    flapping: `${(100 * flappingShare).toFixed(0)} %`,
    quiet: formatDurationMs(longestQuietMs),
  }
  return words.noise(figures).map((line) => `  ${line}`)
}

function timeOf(ms: UnixMs): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
