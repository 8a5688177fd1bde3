/** The message of a robot: what mail says, as markdown, short enough for a chat. */
import { serviceOf } from '../../../model/labels.ts'
import type { Severity } from '../../alerts/alert.ts'
import type { Notice } from '../notice.ts'
import type { Language } from '../ports.ts'
import { againText, othersHeading } from './again.ts'
import { cutAboveEnd, cutBytes, oneLine } from './bounded-text.ts'
import type { Render, Surroundings } from './channel.ts'
import { localTime } from './local-time.ts'
import { addressesOf, contentOf, headlineRows, heldRows, type Reader, type Row } from './news.ts'
import { consoleLink, saidSubject, shortName, subjectOf } from './subject.ts'
import { durationText, WORDS } from './words.ts'

export interface MarkdownStyle {
  /** Of the text. */
  readonly maxBytes: number
  /** The subject is the first line: where the peer shows it nowhere else. */
  readonly heading: boolean
  readonly lineBreak: '\n' | '  \n'
}

/** The first sign of a subject is its level, to be seen before it is read. */
const SIGNS: Readonly<Record<Severity, string>> = { ERROR: '🔴', WARN: '🟠', INFO: '🔵' }
const RECOVERY_SIGN = '🟢'
const ANY_SIGN = new RegExp([...Object.values(SIGNS), RECOVERY_SIGN].join('|'), 'u')
const MAX_ROWS = 10
/** Of what the alarm said, when it is over. */
const MAX_OVER_BYTES = 1_000
/** At the begin of a line it makes a heading (also of the line above), a quotation, or code of all that follows. */
const MARKUP = /^(?=[#>]|[-=]+$|```|~~~)/
/** Of what a chat cannot show. */
const MORE: Readonly<Record<Language, (count: number) => string>> = {
  zh: (count) => `另有 ${count} 条，请见控制台。`,
  en: (count) => `${count} more: see the console.`,
}

/** The sign of the level in a subject; names after it may hold another. */
export function signOf(subject: string): string | undefined {
  return ANY_SIGN.exec(subject)?.[0]
}

export function isRecovery(subject: string): boolean {
  return signOf(subject) === RECOVERY_SIGN
}

export function renderMarkdown(style: MarkdownStyle): Render {
  return (notice, surroundings, said = {}) => {
    const { contact, headline } = notice
    const { language } = contact
    const reader = { language, words: WORDS[language], time: localTime(contact.timeZone) }
    const over = headline.kind === 'resolved'
    const sign = over ? RECOVERY_SIGN : SIGNS[headline.alert.severity]
    const { subject: own } = said
    const subject = `${sign} ${own === undefined ? subjectOf(notice, reader) : saidSubject(own, notice, reader)}`
    const head = style.heading ? [`### ${harmless(subject)}`] : []
    const end = endOf(notice, reader, surroundings)
    if (said.text !== undefined) {
      head.push(againText(notice, reader))
      return { subject, text: saidText(head, said.text, end, style), html: '' }
    }
    const top = [
      ...head,
      ...(over ? resolvedFields(notice, reader, style) : alarmFields(notice, reader, style)),
    ]
    const text = fitted(top, listOf(notice, reader), end, style)
    return { subject, text, html: '' }
  }
}

function alarmFields(notice: Notice, reader: Reader, style: MarkdownStyle): string[] {
  const { words } = reader
  const [row] = headlineRows(notice.headline, reader)
  const why = againText(notice, reader)
  if (!row) return []
  return [
    ...(why === '' ? [] : [why]),
    field(words.time, row.time),
    ...(row.ip === '-' ? [] : [field(words.ip, row.ip)]),
    ...block(words.content, cutBytes(row.content, Math.floor(style.maxBytes / 2)), style),
  ]
}

function resolvedFields({ headline }: Notice, reader: Reader, style: MarkdownStyle): string[] {
  const { words, time } = reader
  const { alert, at } = headline
  const firedAt = alert.firedAt ?? alert.activeAt
  const resolvedAt = alert.resolvedAt ?? at
  const ip = addressesOf(alert)
  return [
    ...(ip === '-' ? [] : [field(words.ip, ip)]),
    field(words.firedAt, time.text(firedAt)),
    field(words.resolvedAt, time.text(resolvedAt)),
    field(words.lasted, durationText(resolvedAt - firedAt, words)),
    ...block(words.content, cutBytes(contentOf(alert, reader), MAX_OVER_BYTES), style),
  ]
}

/** Under the alarm: its older events, or what was held back. */
interface List {
  readonly heading: string
  readonly rows: readonly string[]
  readonly count: number
  readonly more: (count: number) => string
}

function listOf(notice: Notice, reader: Reader): List {
  const { environment, headline, heldBack } = notice
  const older = headline.kind === 'resolved' ? [] : headlineRows(headline, reader).slice(1)
  const held = heldRows(notice, reader)
  const name = shortName(serviceOf(headline.alert.labels) || environment.name)
  return {
    heading: harmless(othersHeading(notice, name, reader)),
    rows: [...older, ...held].slice(0, MAX_ROWS).map(rowLine),
    count: older.length + (heldBack?.count ?? 0),
    more: MORE[reader.language],
  }
}

function rowLine({ time, ip, title }: Row): string {
  return `- ${[time, ip === '-' ? '' : harmless(ip), harmless(title)].filter(Boolean).join(' ')}`
}

function endOf(
  notice: Notice,
  { words, time }: Reader,
  { publicUrl, actLink }: Surroundings,
): string[] {
  const { environment, headline } = notice
  const where = words.instance(harmless(shortName(environment.name)), environment.id)
  const act = actLink?.(notice)
  return [
    ...(publicUrl === undefined ? [] : [`[${words.open}](${consoleLink(publicUrl, notice)})`]),
    ...(act === undefined ? [] : [`[${words.act}](${act})`]),
    `${words.zone(time.zone(headline.at))} · ${where}`,
  ]
}

/** What a template says, cut so that what is above and below it stays. */
function saidText(
  head: readonly string[],
  said: string,
  end: readonly string[],
  { maxBytes, lineBreak }: MarkdownStyle,
): string {
  const [above, below] = [head.filter(Boolean), end].map((lines) => lines.join(lineBreak))
  const body = said.split(/\r?\n/).join(lineBreak)
  const around = Buffer.byteLength(`${above}\n\n\n\n${below}`)
  return [above, cutBytes(body, Math.max(0, maxBytes - around)), below].filter(Boolean).join('\n\n')
}

/** Rows are left out, the last first, until the text fits; the alarm and its link stay. */
function fitted(
  top: readonly string[],
  list: List,
  end: readonly string[],
  { maxBytes, lineBreak }: MarkdownStyle,
): string {
  for (let shown = list.rows.length; ; shown--) {
    const parts = [top, listLines(list, shown), end].filter((lines) => lines.length > 0)
    const text = parts.map((lines) => lines.join(lineBreak)).join('\n\n')
    if (Buffer.byteLength(text) <= maxBytes) return text
    if (shown === 0) return cutAboveEnd(text, maxBytes)
  }
}

function listLines({ heading, rows, count, more }: List, shown: number): string[] {
  if (count === 0) return []
  const left = count - shown
  return [
    ...(heading ? [`**${heading}**`] : []),
    ...rows.slice(0, shown),
    ...(left > 0 ? [more(left)] : []),
  ]
}

function field(name: string, value: string): string {
  return `**${name}**: ${harmless(oneLine(value))}`
}

/** Several lines of somebody else's text, where there is one; see `MARKUP`. */
function block(name: string, text: string, { lineBreak }: MarkdownStyle): string[] {
  const lines = text.split(/\r?\n/).map((line) => harmless(oneLine(line)))
  const shown = lines.filter(Boolean).map((line) => line.replace(MARKUP, '\u200b'))
  return shown.length === 0 ? [] : [`**${name}**: ${shown.join(lineBreak)}`]
}

/** Text of others makes no link, mentions nobody and opens no tag. */
export function harmless(text: string): string {
  return text.replaceAll('](', ']\u200b(').replace(/<(?=[\w@/!?])/g, '<\u200b')
}

/** Markdown of ours as plain text: without stars and hashes, links written out. */
export function plainOf(markdown: string): string {
  return markdown
    .replace(/^### /gm, '')
    .replace(/\*\*/g, '')
    .replace(/\[([^\]\n]*)\]\(([^)\n]*)\)/g, '$1: $2')
}
