/** DingTalk's custom robots: markdown, signed, within 20 messages a minute and 20,000 bytes. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { Channel, ChannelDeps } from '../channel.ts'
import type { OutgoingRequest } from '../outgoing-http.ts'
import { errcodeAnswer, mentionsOf, type RobotAnswer, type Saying } from '../robot.ts'
import { Robots } from '../robots.ts'
import { dingtalkMeaning } from './errors.ts'
import type { DingtalkSettings } from './settings.ts'

const ORIGIN = 'https://oapi.dingtalk.com'
/** DingTalk's own is 20; what else speaks through the robot wants some. */
const LIMITS = [{ count: 18, perMs: 60_000 }]
const COOL_DOWN_MS = 10 * 60_000
const MAX_BODY_BYTES = 20_000

type Robot = DingtalkSettings['robots'][number]

export function openDingtalk(settings: DingtalkSettings, deps: ChannelDeps): Channel {
  const { robots, keyword } = settings
  const secrets = robots.flatMap(({ access_token, secret }) =>
    secret === undefined ? [access_token] : [access_token, secret],
  )
  return new Robots<Robot>(
    {
      kind: 'dingtalk',
      name: 'DingTalk',
      robots,
      limits: LIMITS,
      coolDownMs: COOL_DOWN_MS,
      maxBodyBytes: MAX_BODY_BYTES,
      secrets,
      keyword,
      requestOf: (robot, saying, now) => ({
        url: urlOf(robot, deps.origin ?? ORIGIN, now),
        contentType: 'application/json',
        body: bodyOf(settings, saying),
      }),
      answerOf: (json) => errcodeAnswer(json) ?? gatewayAnswer(json),
      meaningOf: dingtalkMeaning,
    },
    deps,
  )
}

/** Its gateway lets an address that asked too often through no more for some minutes: `{"status":1111,"punish":"deny"}`. */
const Denied = z.object({ status: z.number(), punish: z.string() })

function gatewayAnswer(json: unknown): RobotAnswer | undefined {
  const { data } = Denied.safeParse(json)
  return data && { code: data.status, said: data.punish }
}

/** `timestamp` in ms; the secret is the key, and in the text too. */
export function dingtalkSign(timestamp: number, secret: string): string {
  return createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
}

function urlOf({ access_token, secret }: Robot, origin: string, now: number): string {
  const query = new URLSearchParams({ access_token })
  if (secret !== undefined) {
    query.set('timestamp', String(now))
    query.set('sign', dingtalkSign(now, secret))
  }
  return `${origin}/robot/send?${query}`
}

function bodyOf(settings: DingtalkSettings, saying: Saying): OutgoingRequest['body'] {
  const { subject, text } = saying
  const { mobiles: atMobiles, userIds: atUserIds, all } = mentionsOf(settings, saying)
  // Whom the text does not name is not told.
  const mentions = [...atMobiles, ...atUserIds].map((one) => `@${one}`).join(' ')
  return JSON.stringify({
    msgtype: 'markdown',
    markdown: { title: subject, text: mentions ? `${text}\n\n${mentions}` : text },
    at: { atMobiles, atUserIds, isAtAll: all },
  })
}
