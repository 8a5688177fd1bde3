/** What messages of every channel say about a change: title, addresses, rows. */
import type { NotifyEvent } from '../../../model/event.ts'
import type { Labels } from '../../../model/labels.ts'
import { serviceOf } from '../../../model/labels.ts'
import type { Alert, AlertChange } from '../../alerts/alert.ts'
import type { Notice } from '../notice.ts'
import type { Language } from '../ports.ts'
import { cutBytes, oneLine } from './bounded-text.ts'
import type { LocalTime } from './local-time.ts'
import type { Words } from './words.ts'

const MAX_TITLE_BYTES = 120
const MAX_ADDRESS_BYTES = 200
/** Rows of a table. */
export const MAX_ROWS = 50
/** Of a row's content; the newest alarm is shown whole. */
const MAX_CONTENT_BYTES = 1024

export interface Reader {
  readonly language: Language
  readonly words: Words
  readonly time: LocalTime
}

/** A line of the tables. */
export interface Row {
  readonly time: string
  readonly ip: string
  readonly title: string
  readonly content: string
}

/** Of an alert on notifies the newest text, otherwise the title of the rule. */
export function titleOf(alert: Alert, { language }: Reader): string {
  const title = alert.events.at(-1)?.text ?? annotation(alert, 'title', language) ?? alert.rule
  return cutBytes(oneLine(title) || oneLine(alert.rule), MAX_TITLE_BYTES)
}

export function addressesOf({ labels, annotations }: Alert): string {
  const text = labels.node || labels.callee_ip || annotations.addresses || ''
  return (
    cutBytes(
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .join(', '),
      MAX_ADDRESS_BYTES,
    ) || '-'
  )
}

/** What the rule says of it; where it says nothing, what the alarm is about: `instance=10.1.2.3:9100, job=node: 93.2`. */
export function contentOf(alert: Alert, { language }: Reader): string {
  // YAML folds lines with a space, which Chinese does not have.
  const said = annotation(alert, 'description', language)
    ?.trim()
    .replace(/(?<=[，。；：！？）]) (?=\p{sc=Han})/gu, '')
  return said || (alert.events.length > 0 ? '' : aboutText(alert))
}

function aboutText({ labels, value }: Alert): string {
  const about = Object.entries(labels).filter(([name]) => name !== 'alertname')
  const names = about.map(([name, of]) => `${name}=${oneLine(of)}`).join(', ')
  const number = String(Number(value.toPrecision(6)))
  return [cutBytes(names, MAX_CONTENT_BYTES), number].filter(Boolean).join(': ')
}

/** A row for each event, or one for the alert; the newest `MAX_ROWS`, newest first. */
export function headlineRows(change: AlertChange, reader: Reader): Row[] {
  const { at, alert } = change
  const [newest, ...older] = alert.events.slice(-MAX_ROWS).toReversed()
  if (!newest) {
    const row = alertRow(at, alert, reader)
    return [{ ...row, content: [row.content, ...storyLines(change, reader)].join('\n').trim() }]
  }
  return [
    eventRow(newest, alert, reader),
    ...older.map((event) => shortened(eventRow(event, alert, reader))),
  ]
}

/** A row for each change told below the headline; the newest `MAX_ROWS`, newest first. Of other services with their names. */
export function heldRows({ headline, heldBack }: Notice, reader: Reader): Row[] {
  const service = serviceOf(headline.alert.labels)
  return (heldBack?.changes ?? [])
    .slice(-MAX_ROWS)
    .toReversed()
    .map((change) => {
      const row = heldRow(change, reader)
      const other = serviceOf(change.alert.labels)
      return other === '' || other === service ? row : { ...row, title: `${other}: ${row.title}` }
    })
}

/** What is known of why it fired. */
function storyLines({ story }: AlertChange, { language, time }: Reader): string[] {
  const lines = story?.[language] ?? []
  return lines.map((line) =>
    line.map((part) => (typeof part === 'number' ? time.text(part) : part)).join(''),
  )
}

function heldRow({ at, alert }: AlertChange, reader: Reader): Row {
  const { words, time } = reader
  const event = alert.events.at(-1)
  const row = event ? eventRow(event, alert, reader) : alertRow(at, alert, reader)
  const times = alert.events.length > 1 ? words.times(alert.events.length) : ''
  const over = alert.resolvedAt === undefined ? '' : words.overAt(time.text(alert.resolvedAt))
  return { ...row, content: shortened(row).content + times + over }
}

function shortened(row: Row): Row {
  return { ...row, content: cutBytes(row.content, MAX_CONTENT_BYTES) }
}

function alertRow(at: number, alert: Alert, reader: Reader): Row {
  return {
    time: reader.time.text(at),
    ip: addressesOf(alert),
    title: titleOf(alert, reader),
    content: contentOf(alert, reader),
  }
}

function eventRow(event: NotifyEvent, alert: Alert, { words, time }: Reader): Row {
  const server = (event.module || serviceOf(alert.labels)).split('.').slice(1).join('.')
  const node = event.node || alert.labels.node
  return {
    time: time.text(event.at),
    ip: cutBytes(oneLine(event.node), MAX_ADDRESS_BYTES) || addressesOf(alert),
    title: cutBytes(oneLine(event.text), MAX_TITLE_BYTES),
    content: words.notify(node ? `${server}_${node}` : server, event.text.trim()),
  }
}

function annotation({ annotations }: Alert, name: string, language: Language): string | undefined {
  const translated: keyof Labels = language === 'en' ? `${name}_en` : name
  return annotations[translated] || annotations[name] || undefined
}
