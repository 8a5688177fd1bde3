/** What a robot of a chat group is, and what its answers mean. */
import { z } from 'zod'
import { joined, type People } from '../people.ts'
import type { ChannelKind, Delivery } from '../ports.ts'
import { cutAboveEnd } from './bounded-text.ts'
import type { Limit } from './budget.ts'
import { ChannelFailure, type ChannelReason } from './channel.ts'
import { isRecovery } from './markdown.ts'
import { jsonOf, quoted, strangeAnswer } from './outgoing-failure.ts'
import type { OutgoingAnswer, OutgoingRequest } from './outgoing-http.ts'

/** The parts of a message that a robot says. */
export interface Saying {
  readonly subject: string
  /** Markdown. */
  readonly text: string
  /** Who is mentioned besides those of the settings. */
  readonly people?: People | undefined
}

/** `again` at once, not with this robot for a while, half of it may go, or a failure. */
export type CodeMeaning = 'again' | 'throttled' | 'too-long' | ChannelReason

export interface RobotAnswer {
  /** 0: taken. */
  readonly code: number
  readonly said: string
}

export interface RobotProtocol<Robot> {
  readonly kind: ChannelKind
  /** Of the peer, for messages: `DingTalk`. */
  readonly name: string
  /** Of one group: they take turns. */
  readonly robots: readonly Robot[]
  /** Of each. */
  readonly limits: readonly Limit[]
  /** How long a robot is silent after the peer said it was too much. */
  readonly coolDownMs: number
  readonly maxBodyBytes: number
  /** Never to be seen in an answer or an error. */
  readonly secrets: readonly string[]
  /** Has to be in every message; '' when nothing has to. */
  readonly keyword: string
  requestOf(robot: Robot, saying: Saying, now: number): OutgoingRequest
  /** Code and text in the peer's JSON; undefined: no answer of this peer. */
  answerOf(json: unknown): RobotAnswer | undefined
  /** And what a person should do about it. */
  meaningOf(answer: RobotAnswer): readonly [CodeMeaning, string?]
}

/** What a robot answered that did not take the message. */
export interface Refusal {
  readonly meaning: CodeMeaning
  readonly failure: ChannelFailure
}

/** HTTP 200 is no proof: the code in the body decides. A text: it was taken. */
export function judged<Robot>(
  protocol: RobotProtocol<Robot>,
  raw: OutgoingAnswer,
  host: string,
  scrub: (text: string) => string,
): string | Refusal {
  const answer = { ...raw, text: scrub(raw.text) }
  const said = protocol.answerOf(jsonOf(raw))
  if (said?.code === 0 && answer.status < 300) return `${host}:${quoted(answer.text)}`
  if (!said || said.code === 0)
    return { meaning: 'unreachable', failure: strangeAnswer(answer, host) }
  const [meaning, advice] = protocol.meaningOf(said)
  const message = `${host}: ${protocol.name} ${said.code}${quoted(scrub(said.said))}`
  const failure = new ChannelFailure(
    reasonOf(meaning),
    advice ? `${message} — ${advice}` : message,
    false,
    answer.retryAfterMs,
  )
  return { meaning, failure }
}

function reasonOf(meaning: CodeMeaning): ChannelReason {
  if (meaning === 'too-long') return 'refused'
  return meaning === 'again' || meaning === 'throttled' ? 'busy' : meaning
}

/** With the keyword the robot asks for, and a mark where it may be there twice. */
export function sayingOf(delivery: Delivery, keyword: string): Saying {
  const { id, message, people, maybeRepeated } = delivery
  const { subject, text } = message
  // Robots have no message id: a repeat says so itself, in the paragraph that is never cut.
  const mark = `可能重复发送 / may be a repeat: ${id.slice(0, 40)}`
  return {
    subject: subject.includes(keyword) ? subject : `${keyword} ${subject}`,
    text: named(maybeRepeated ? `${text}  \n${mark}` : text, keyword),
    people,
  }
}

function named(text: string, keyword: string): string {
  return text.includes(keyword) ? text : `${keyword}\n\n${text}`
}

/** Its text cut to `maxBytes`; the keyword is there, also where it stood in what was cut, and may be too much. */
export function cutSaying(saying: Saying, maxBytes: number, keyword: string): Saying {
  return { ...saying, text: named(cutAboveEnd(saying.text, maxBytes), keyword) }
}

interface Mentioning {
  readonly at_user_ids: readonly string[]
  readonly at_mobiles?: readonly string[]
  readonly at_all: boolean
}

/** Whom a message mentions: those of the settings, then those it tells. Of what is over nobody. */
export function mentionsOf(
  { at_user_ids, at_mobiles = [], at_all }: Mentioning,
  { subject, people }: Saying,
): People & { readonly all: boolean } {
  if (isRecovery(subject)) return { userIds: [], mobiles: [], all: false }
  return { ...joined({ userIds: at_user_ids, mobiles: at_mobiles }, people), all: at_all }
}

const ErrcodeAnswer = z.object({ errcode: z.number(), errmsg: z.string().catch('') })

/** Of peers that answer `{"errcode":0,"errmsg":"ok"}`. */
export function errcodeAnswer(json: unknown): RobotAnswer | undefined {
  const { data } = ErrcodeAnswer.safeParse(json)
  return data && { code: data.errcode, said: data.errmsg }
}
