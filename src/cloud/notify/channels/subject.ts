/** The subject users know: 【env-policy】App.Server-title-LEVEL. */
import { serviceOf } from '../../../model/labels.ts'
import type { Notice } from '../notice.ts'
import { nameFor } from '../policy.ts'
import { againTag } from './again.ts'
import { cutBytes, oneLine } from './bounded-text.ts'
import { type Reader, titleOf } from './news.ts'

const MAX_NAME_BYTES = 60
const MAX_SUBJECT_BYTES = 300

/** One line, bounded; ends with the level. */
export function subjectOf(notice: Notice, reader: Reader): string {
  const { environment, policy, headline } = notice
  const tag = againTag(notice, reader)
  const name = nameFor(policy, reader.language)
  const from = [environment.name, name, tag].filter(Boolean).map(shortName).join('-')
  const service = serviceOf(headline.alert.labels)
  const news = [service && shortName(service), titleOf(headline.alert, reader)].filter(Boolean)
  const text = cutBytes(`【${from}】${news.join('-')}`, MAX_SUBJECT_BYTES)
  return `${text}-${levelOf(notice, reader)}`
}

/** A subject that a template says. */
export function saidSubject(said: string, notice: Notice, reader: Reader): string {
  return cutBytes(oneLine(`${againTag(notice, reader)} ${said}`), MAX_SUBJECT_BYTES)
}

export function levelOf({ headline }: Notice, { words }: Reader): string {
  return headline.kind === 'resolved' ? words.resolvedLevel : headline.alert.severity
}

export function shortName(name: string): string {
  return cutBytes(oneLine(name), MAX_NAME_BYTES)
}

/** The alarm's page in the console; `publicUrl` has no slash at its end. */
export function consoleLink(
  publicUrl: string,
  { environment, headline }: Notice,
  alert = headline.alert.id,
): string {
  const path = [environment.id, 'alarms', alert].map(encodeURIComponent).join('/')
  return `${publicUrl}/#/environments/${path}`
}
