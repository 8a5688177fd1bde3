/** A summary as a mail, in both its forms. */
import { serviceOf } from '../../../model/labels.ts'
import type { Alert, Severity } from '../../alerts/alert.ts'
import { cutBytes, oneLine } from '../channels/bounded-text.ts'
import { localTime } from '../channels/local-time.ts'
import { grid, type Html, heading, link, page, quiet } from '../channels/mail/html.ts'
import { type Reader, titleOf } from '../channels/news.ts'
import { shortName } from '../channels/subject.ts'
import { durationText, WORDS } from '../channels/words.ts'
import type { Contact, Message } from '../ports.ts'
import type { Subscription } from './subscription.ts'
import { isQuiet, type Summary } from './summary.ts'
import { SUMMARY_WORDS, type SummaryWords } from './summary-words.ts'

export interface SummaryMail {
  readonly subscription: Subscription
  readonly summary: Summary
  readonly environmentName: string
  readonly contact: Contact
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
  /** Alarms of each period that are looked at. */
  readonly limit: number
}

interface Part {
  readonly html: Html
  readonly text: string
}

interface Ink {
  readonly reader: Reader
  readonly words: SummaryWords
}

const LEVELS: readonly Severity[] = ['ERROR', 'WARN', 'INFO']
const ACCENT = { quiet: '#039855', alarms: '#dc6803', open: '#d92d20' }
const MAX_LISTED = 20
const MAX_SUBJECT_BYTES = 300

export function renderSummary(mail: SummaryMail): Message {
  const { subscription, summary, contact } = mail
  const { language } = contact
  // In the zone of the period, which need not be the reader's.
  const time = localTime(subscription.timeZone)
  const ink: Ink = {
    reader: { language, words: WORDS[language], time },
    words: SUMMARY_WORDS[language],
  }
  const title = `${ink.words.title[subscription.every]} ${minute(time.text(summary.period.to))}`
  const isWell = isQuiet(summary)
  const parts = [
    headed(1, `【${shortName(mail.environmentName)}】${title}`),
    quietly(
      ink.words.period(
        minute(time.text(summary.period.from)),
        minute(time.text(summary.period.to)),
      ),
    ),
    ...(isWell ? [said(ink.words.quiet)] : bodyParts(mail, ink)),
    ...endParts(mail, ink),
  ]
  const news = ink.words.subject(summary.count, summary.firing.length)
  const subject = cutBytes(
    oneLine(`【${shortName(mail.environmentName)}】${title}${news}`),
    MAX_SUBJECT_BYTES,
  )
  return {
    subject,
    text: `${parts.map(({ text }) => text).join('\n\n')}\n`,
    html: page({
      language: language === 'zh' ? 'zh-CN' : 'en',
      title: subject,
      accent: isWell ? ACCENT.quiet : summary.firing.length > 0 ? ACCENT.open : ACCENT.alarms,
      body: parts.map(({ html }) => html),
    }),
  }
}

function bodyParts({ summary, limit }: SummaryMail, ink: Ink): Part[] {
  const { words, reader } = ink
  return [
    countPart(summary, limit, ink),
    ...listed(words.byService, serviceTable(summary, ink)),
    ...(summary.services > summary.lines.length
      ? [quietly(words.moreServices(summary.services - summary.lines.length))]
      : []),
    ...listed(words.byRule, [
      [words.rule, words.count, words.share],
      ...summary.rules.map(({ alert, count, share }) => [
        // The newest of its titles says what kind it is.
        `${alert.rule}\n${titleOf({ ...alert, events: [] }, reader)}`,
        String(count),
        `${Math.round(share * 100)}%`,
      ]),
    ]),
    ...listed(words.unresolved, openTable(summary, ink)),
    ...(summary.firing.length > MAX_LISTED ? [quietly(words.moreOpen)] : []),
    ...listed(words.silent, [
      [words.host, words.seen],
      ...summary.silent
        .slice(0, MAX_LISTED)
        .map(({ agent, host, seenAt }) => [host || agent, reader.time.text(seenAt)]),
    ]),
    ...listed(words.failed, [
      [words.channel, words.messages],
      ...summary.failed.map(({ channel, count }) => [channel, String(count)]),
    ]),
  ]
}

function countPart(summary: Summary, limit: number, { words }: Ink): Part {
  const { count, countBefore, levels, acknowledged, firing, isCut } = summary
  const share = countBefore > 0 ? Math.round(((count - countBefore) / countBefore) * 100) : 0
  const change = share === 0 ? '' : ` (${words.change(share)})`
  const names = [words.counts, words.before, words.acknowledged, words.open]
  const total = count === 0 ? '0' : `${count} (${levelsText(levels)})`
  const values = [
    total + (isCut ? words.more(limit) : ''),
    `${countBefore}${change}`,
    String(acknowledged),
    String(firing.length),
  ]
  const rows = names.map((name, n) => [name, values[n] ?? ''])
  return {
    html: grid([], rows),
    text: rows.map(([name, value]) => `${name}: ${value}`).join('\n'),
  }
}

function serviceTable({ lines }: Summary, { words, reader }: Ink): string[][] {
  return [
    [words.service, words.count, words.before, words.longest],
    ...lines.map((line) => [
      `${line.service || words.noService}\n${levelsText(line.levels)}`,
      String(line.count),
      String(line.before),
      durationText(line.longestMs, reader.words),
    ]),
  ]
}

function levelsText(levels: Summary['levels']): string {
  const some = LEVELS.filter((level) => levels[level] > 0)
  return some.map((level) => `${level} ${levels[level]}`).join(', ')
}

function openTable({ firing }: Summary, { words, reader }: Ink): string[][] {
  const rows = firing
    .slice(0, MAX_LISTED)
    .map((alert: Alert) => [
      `${serviceOf(alert.labels) || words.noService}\n${titleOf(alert, reader)}`,
      minute(reader.time.text(alert.firedAt ?? alert.activeAt)),
    ])
  return [[words.rule, words.since], ...rows]
}

/** A heading and a table; nothing when the table has no rows. */
function listed(title: string, [names = [], ...rows]: string[][]): Part[] {
  if (rows.length === 0) return []
  const lines = rows.map((row) => `- ${row.map(oneLine).join('  ')}`)
  const text = `${names.join('  ')}\n${lines.join('\n')}`
  return [headed(2, title), { html: grid(names, rows), text }]
}

function endParts(mail: SummaryMail, { words, reader }: Ink): Part[] {
  const { subscription, contact, environmentName, publicUrl, summary } = mail
  const parts = [quietly(reader.words.zone(reader.time.zone(summary.period.to)))]
  if (publicUrl !== undefined) {
    const url = `${publicUrl}/#/environments/${encodeURIComponent(subscription.environment)}/alarms`
    parts.push({ html: link(url, words.console), text: `${words.console}: ${url}` })
  }
  const why = words.footer(shortName(contact.name))
  const where = reader.words.instance(shortName(environmentName), subscription.environment)
  return [...parts, { html: quiet(`${why} ${where}`), text: `-- \n${why}\n${where}` }]
}

function headed(level: 1 | 2, text: string): Part {
  return { html: heading(level, text), text }
}

function quietly(text: string): Part {
  return { html: quiet(text), text }
}

function said(text: string): Part {
  return { html: grid([], [[text]]), text }
}

/** Without seconds. */
function minute(text: string): string {
  return text.slice(0, -3)
}
