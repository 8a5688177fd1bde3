/** The mail users know: 【env-policy】App.Server-title-LEVEL, tables of alarms and of what was held back. */

import { type Labels, serviceOf } from '../../../../model/labels.ts'
import type { Severity } from '../../../alerts/alert.ts'
import type { Notice } from '../../notice.ts'
import { nameFor } from '../../policy.ts'
import { againText, othersHeading } from '../again.ts'
import { cutBytes } from '../bounded-text.ts'
import type { Render, Surroundings } from '../channel.ts'
import { localTime } from '../local-time.ts'
import {
  addressesOf,
  contentOf,
  headlineRows,
  heldRows,
  type Reader,
  type Row,
  titleOf,
} from '../news.ts'
import { consoleLink, saidSubject, shortName, subjectOf } from '../subject.ts'
import { durationText, WORDS } from '../words.ts'
import { fieldTable, type Html, heading, link, page, paragraph, quiet, rowTable } from './html.ts'
import { picturePart } from './picture.ts'

/** Of what a template says. */
const MAX_TEXT_BYTES = 64 * 1024
const ACCENTS: Readonly<Record<Severity, string>> = {
  ERROR: '#d92d20',
  WARN: '#dc6803',
  INFO: '#1570ef',
}
const RESOLVED_ACCENT = '#039855'

/** A part of the mail, in both its forms. */
interface Part {
  readonly html: Html
  readonly text: string
}

export const renderMail: Render = (notice, surroundings, said = {}) => {
  const { contact, headline } = notice
  const reader: Reader = {
    language: contact.language,
    words: WORDS[contact.language],
    time: localTime(contact.timeZone),
  }
  const subject =
    said.subject === undefined
      ? subjectOf(notice, reader)
      : saidSubject(said.subject, notice, reader)
  const over = headline.kind === 'resolved'
  const picture = notice.picture && picturePart(notice.picture, contact)
  const ours = over ? resolvedParts(notice, reader, picture) : alarmParts(notice, reader, picture)
  const body = saidParts(notice, reader, ours, { ...said, picture })
  const parts = [...body, ...endParts(notice, reader, surroundings)]
  return {
    subject,
    text: `${parts.flatMap(({ text }) => text || []).join('\n\n')}\n`,
    html: page({
      language: contact.language === 'zh' ? 'zh-CN' : 'en',
      title: subject,
      accent: over ? RESOLVED_ACCENT : ACCENTS[headline.alert.severity],
      body: parts.map(({ html }) => html),
    }),
    ...(picture && { picture: picture.svg }),
  }
}

/** What a template says, in place of our parts in that form. */
function saidParts(
  notice: Notice,
  reader: Reader,
  ours: Part[],
  { text, html, picture }: { text?: string; html?: string; picture: Part | undefined },
): Part[] {
  if (text === undefined && html === undefined) return ours
  const why = againText(notice, reader)
  const texts =
    text === undefined ? ours.map((part) => part.text) : [why, cutBytes(text, MAX_TEXT_BYTES)]
  const above = why === '' ? [] : [paragraph(why)]
  const htmls =
    html === undefined ? ours.map((part) => part.html) : [...above, html, picture?.html ?? '']
  return [{ text: texts.filter(Boolean).join('\n\n'), html: htmls.filter(Boolean).join('\n') }]
}

function alarmParts(notice: Notice, reader: Reader, picture: Part | undefined): Part[] {
  const { environment, headline, heldBack } = notice
  const { words, time } = reader
  const why = againText(notice, reader)
  const name = nameOf(headline.alert.labels, environment)
  const zone = words.zone(time.zone(headline.at))
  const parts = [
    headingPart(1, words.alarmHeading(name)),
    ...(why === '' ? [] : [{ html: paragraph(why), text: why }]),
    tablePart(headlineRows(headline, reader), reader),
    ...(picture ? [picture] : []),
  ]
  if (heldBack) {
    const rows = heldRows(notice, reader)
    parts.push(headingPart(2, othersHeading(notice, name, reader)))
    parts.push(tablePart(rows, reader))
    const more = heldBack.count - rows.length
    if (more > 0) parts.push(quietPart(words.heldMore(rows.length, more)))
  }
  return [...parts, quietPart(zone)]
}

function resolvedParts(
  { environment, headline }: Notice,
  reader: Reader,
  picture: Part | undefined,
): Part[] {
  const { words, time } = reader
  const { alert } = headline
  const firedAt = alert.firedAt ?? alert.activeAt
  const resolvedAt = alert.resolvedAt ?? headline.at
  const fields: [string, string][] = [
    [words.title, titleOf(alert, reader)],
    [words.ip, addressesOf(alert)],
    [words.firedAt, time.text(firedAt)],
    [words.resolvedAt, time.text(resolvedAt)],
    [words.lasted, durationText(resolvedAt - firedAt, words)],
    [words.content, contentOf(alert, reader)],
  ]
  const shown = fields.filter(([, value]) => value !== '')
  return [
    headingPart(1, words.resolvedHeading(nameOf(alert.labels, environment))),
    { html: fieldTable(shown), text: shown.map(([key, value]) => `${key}: ${value}`).join('\n') },
    ...(picture ? [picture] : []),
    quietPart(words.zone(time.zone(resolvedAt))),
  ]
}

function endParts(notice: Notice, { words }: Reader, { publicUrl, actLink }: Surroundings): Part[] {
  const { environment, policy, contact } = notice
  const parts: Part[] = []
  if (publicUrl !== undefined) {
    const url = consoleLink(publicUrl, notice)
    parts.push({ html: link(url, words.open), text: `${words.open}: ${url}` })
  }
  const act = actLink?.(notice)
  if (act !== undefined) parts.push({ html: link(act, words.act), text: `${words.act}: ${act}` })
  const why = words.footer(shortName(nameFor(policy, contact.language)), shortName(contact.name))
  const where = words.instance(shortName(environment.name), environment.id)
  return [...parts, { html: quiet(why) + quiet(where), text: `-- \n${why}\n${where}` }]
}

/** What an alarm is about, where it is in no service the environment. */
function nameOf(labels: Labels, environment: Notice['environment']): string {
  return shortName(serviceOf(labels) || environment.name)
}

function headingPart(level: 1 | 2, text: string): Part {
  return { html: heading(level, text), text }
}

function quietPart(text: string): Part {
  return { html: quiet(text), text }
}

function tablePart(rows: readonly Row[], { words }: Reader): Part {
  const text = rows.map(
    ({ time, ip, title, content }) =>
      `${words.time}: ${time}\n${words.ip}: ${ip}\n${words.title}: ${title}\n${words.content}: ${content}`,
  )
  return { html: rowTable(rows, words), text: text.join('\n\n') }
}
