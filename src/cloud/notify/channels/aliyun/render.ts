/** What a phone is told: the values of a template's variables, as JSON; the template has the words. */
import { z } from 'zod'
import { serviceOf } from '../../../../model/labels.ts'
import { againTag } from '../again.ts'
import { oneLine } from '../bounded-text.ts'
import { ChannelFailure, type Render } from '../channel.ts'
import { localTime } from '../local-time.ts'
import { titleOf } from '../news.ts'
import { levelOf, subjectOf } from '../subject.ts'
import { WORDS } from '../words.ts'
import type { VALUES } from './settings.ts'

/** Of a name of pictures alone nothing is left, and a variable may not be empty. */
const NOTHING = '-'
/** Of a variable, in characters. */
const MAX_CHARS = 35

export const renderAliyun: Render = (notice, _surroundings, said = {}) => {
  const { environment, contact, headline, heldBack } = notice
  const { language, timeZone } = contact
  const reader = { language, words: WORDS[language], time: localTime(timeZone) }
  const values: Record<(typeof VALUES)[number], string> = {
    service: serviceOf(headline.alert.labels) || environment.name,
    title: [againTag(notice, reader), titleOf(headline.alert, reader)].filter(Boolean).join(' '),
    level: levelOf(notice, reader),
    time: reader.time.text(headline.at),
    environment: environment.name,
    count: String((heldBack?.count ?? 0) + 1),
  }
  const spoken = Object.entries(values).map(([name, value]) => [
    name,
    plain(said[name] ?? value) || NOTHING,
  ])
  const text = JSON.stringify(Object.fromEntries(spoken))
  return { subject: subjectOf(notice, reader), text, html: '' }
}

const Values = z.record(z.string(), z.string())

/** `text` of a message as the template wants it. */
export function templateParameters(
  text: string,
  variables: Readonly<Record<string, (typeof VALUES)[number]>>,
): string {
  const values = valuesIn(text)
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, values[value] ?? '']),
    ),
  )
}

function valuesIn(text: string) {
  try {
    return Values.parse(JSON.parse(text))
  } catch {
    throw new ChannelFailure('refused', 'the message holds no values for a template')
  }
}

/** Variables take no address, no 【】 and no picture: a full stop within a word would make one look like a host. */
function plain(text: string): string {
  const words = oneLine(text.replace(/[【】\p{Extended_Pictographic}]/gu, ' '))
  const chars = [...words.replace(/(?<=\w)[.:](?=[a-z_])/gi, '-').replaceAll('://', ' ')]
  return chars.length <= MAX_CHARS ? chars.join('') : `${chars.slice(0, MAX_CHARS - 1).join('')}…`
}
