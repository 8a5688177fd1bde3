/** What a drill found, as mails. */
import { createHash } from 'node:crypto'
import type { UnixMs } from '../../model/time.ts'
import { oneLine } from '../notify/channels/bounded-text.ts'
import { localTime } from '../notify/channels/local-time.ts'
import { grid, type Html, heading, link, page, quiet } from '../notify/channels/mail/html.ts'
import { shortName } from '../notify/channels/subject.ts'
import { WORDS } from '../notify/channels/words.ts'
import type { Audience, Contact, Message, NewDelivery } from '../notify/ports.ts'
import type { ChannelResult, Drill } from './drill.ts'
import { REPORT_WORDS, type ReportWords } from './report-words.ts'

export interface Report {
  /** It has ended. */
  readonly drill: Drill
  readonly audience: Audience
  /** Ids of those who get it. */
  readonly contacts: readonly string[]
  /** How people reach the console, without a slash at the end. */
  readonly publicUrl?: string
}

interface Part {
  readonly html: Html
  readonly text: string
}

const ACCENT = { passed: '#039855', failed: '#d92d20' }

/** To those whose address may be used; none of a drill that is under way. Made again they have the same ids. */
export function reportMails(report: Report): NewDelivery[] {
  const { drill, audience, contacts } = report
  const { environment, id, begunAt, end } = drill
  if (!end) return []
  const readers = audience.contacts.filter(
    ({ id, email, address = {} }) =>
      contacts.includes(id) && email !== '' && !address.disabled && !address.unverified,
  )
  return readers.map((contact) => {
    const identity = JSON.stringify(['drill', environment, id, begunAt, contact.id])
    return {
      id: createHash('sha256').update(identity).digest('hex').slice(0, 32),
      ...{ environment, policy: '', contact: contact.id, channel: 'mail', to: contact.email },
      ...{ alerts: [], plannedAt: end.at, receivedAt: end.at },
      message: renderReport(report, contact),
    }
  })
}

export function renderReport({ drill, audience, publicUrl }: Report, contact: Contact): Message {
  const { language, name, timeZone } = contact
  const words = REPORT_WORDS[language]
  const environmentName = shortName(audience.environmentName)
  const subject = oneLine(`【${environmentName}】${words.title}：${outcomeText(drill, words)}`)
  const time = localTime(timeZone)
  const whose = drill.month === undefined ? words.asked : words.whose(drill.month)
  const footer = words.footer(shortName(name))
  const parts = [
    part(subject, heading(1, subject)),
    quietly(`${whose} · ${time.text(drill.begunAt)} · ${time.zone(drill.begunAt)}`),
    ...whyParts(drill, words),
    table(
      [words.step, words.seconds],
      stepRows(drill, words).map(([step, seconds]) => [step, seconds]),
    ),
    ...(drill.channels.length > 0 ? [channelTable(drill, words)] : []),
    ...(drill.takenUp ? [quietly(words.takenUp)] : []),
    ...linkParts(drill, words, publicUrl),
    quietly(`${footer} ${WORDS[language].instance(environmentName, drill.environment)}`),
  ]
  return {
    subject,
    text: `${parts.map(({ text }) => text).join('\n\n')}\n`,
    html: page({
      ...{ language: language === 'zh' ? 'zh-CN' : 'en', title: subject },
      accent: ACCENT[drill.end?.outcome ?? 'failed'],
      body: parts.map(({ html }) => html),
    }),
  }
}

function outcomeText({ end, channels, faultAt }: Drill, words: ReportWords): string {
  if (end?.outcome === 'failed') return words.failedAt(words.notDone[end.step])
  const seconds = secondsText(firstAccepted(channels), faultAt)
  const passed = seconds === undefined ? words.passed : words.passedIn(seconds)
  const missing = channels.reduce((sum, { planned, accepted }) => sum + planned - accepted, 0)
  return missing > 0 ? passed + words.notReached(missing) : passed
}

/** What a drill did, in order, and when. */
function stepRows(drill: Drill, { steps, never }: ReportWords): (readonly [string, string])[] {
  const { faultAt, storedAt, firedAt, plannedAt, channels, resolvedAt, overToldAt } = drill
  const rows: [string, UnixMs | undefined][] = [
    [steps.stored, storedAt],
    [steps.fired, firedAt],
    [steps.planned, plannedAt],
    [steps.accepted, firstAccepted(channels)],
    [steps.resolved, resolvedAt],
    [steps.overTold, overToldAt],
  ]
  return rows.map(([step, at]) => [step, secondsText(at, faultAt) ?? never] as const)
}

function whyParts({ end }: Drill, words: ReportWords): Part[] {
  if (end?.outcome !== 'failed') return []
  if (end.step === 'planned') return [quietly(words.held)]
  return end.why.length > 0 ? [quietly(`${words.why}: ${end.why.map(oneLine).join('; ')}`)] : []
}

function channelTable({ channels, faultAt }: Drill, words: ReportWords): Part {
  const rows = channels.map(({ channel, planned, accepted, firstAt, lastAt, missing }) => [
    channel,
    `${accepted} / ${planned}`,
    [firstAt, lastAt].map((at) => secondsText(at, faultAt) ?? words.never).join(' / '),
    missing.map(({ to, answer }) => oneLine(`${to} ${answer}`)).join('\n'),
  ])
  return table([words.channel, words.accepted, words.firstLast, words.missing], rows)
}

function linkParts({ environment, alert }: Drill, words: ReportWords, publicUrl?: string): Part[] {
  if (publicUrl === undefined || alert === undefined) return []
  const path = [environment, 'alarms', alert].map(encodeURIComponent).join('/')
  const url = `${publicUrl}/#/environments/${path}`
  return [part(`${words.console}: ${url}`, link(url, words.console))]
}

function firstAccepted(channels: readonly ChannelResult[]): UnixMs | undefined {
  const firsts = channels.flatMap(({ firstAt }) => firstAt ?? [])
  return firsts.length > 0 ? Math.min(...firsts) : undefined
}

/** With a tenth; an evaluation may be of an instant just before. */
function secondsText(at: UnixMs | undefined, since: UnixMs | undefined): string | undefined {
  if (at === undefined || since === undefined) return undefined
  return (Math.max(0, at - since) / 1000).toFixed(1)
}

function table(names: string[], rows: readonly (readonly string[])[]): Part {
  const lines = rows.map((row) => `- ${row.map(oneLine).join('  ')}`)
  return part(`${names.join('  ')}\n${lines.join('\n')}`, grid(names, rows))
}

function quietly(text: string): Part {
  return part(text, quiet(text))
}

function part(text: string, html: Html): Part {
  return { text, html }
}
