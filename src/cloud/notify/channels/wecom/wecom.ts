/** WeCom's group robots: markdown within 4,096 bytes, or text within 2,048 that mentions people. */
import { cutAboveEnd } from '../bounded-text.ts'
import type { Channel, ChannelDeps } from '../channel.ts'
import { plainOf } from '../markdown.ts'
import { errcodeAnswer, mentionsOf, type Saying } from '../robot.ts'
import { Robots } from '../robots.ts'
import { wecomMeaning } from './errors.ts'
import type { WecomSettings } from './settings.ts'

const ORIGIN = 'https://qyapi.weixin.qq.com'
/** WeCom's own is 20; what else speaks through the robot wants some. */
const LIMITS = [{ count: 18, perMs: 60_000 }]
/** Its windows are minutes. */
const COOL_DOWN_MS = 60_000
const MAX_MARKDOWN_BYTES = 4_096
const MAX_TEXT_BYTES = 2_048
/** Of markdown, for people who are not of the settings: the alarm needs the rest. */
const MAX_MENTION_BYTES = 1_024
/** Not WeCom's: a body of such texts, people and JSON is never larger. */
const MAX_BODY_BYTES = 64 * 1024

export function openWecom(settings: WecomSettings, deps: ChannelDeps): Channel {
  const { robots } = settings
  return new Robots<WecomSettings['robots'][number]>(
    {
      kind: 'wecom',
      name: 'WeCom',
      robots,
      limits: LIMITS,
      coolDownMs: COOL_DOWN_MS,
      maxBodyBytes: MAX_BODY_BYTES,
      secrets: robots.map(({ key }) => key),
      keyword: '',
      requestOf: ({ key }, saying) => ({
        url: `${deps.origin ?? ORIGIN}/cgi-bin/webhook/send?${new URLSearchParams({ key })}`,
        contentType: 'application/json',
        body: JSON.stringify(bodyOf(settings, saying)),
      }),
      answerOf: errcodeAnswer,
      meaningOf: wecomMeaning,
    },
    deps,
  )
}

function bodyOf(settings: WecomSettings, saying: Saying) {
  const { userIds, mobiles, all } = mentionsOf(settings, saying)
  // Markdown can mention neither.
  if (mobiles.length > 0 || all) {
    const mentioned_list = all ? [...userIds, '@all'] : userIds
    const content = cutAboveEnd(plainOf(saying.text), MAX_TEXT_BYTES)
    return { msgtype: 'text', text: { content, mentioned_list, mentioned_mobile_list: mobiles } }
  }
  const mentions = fitting(userIds, settings.at_user_ids.length)
  const content = cutAboveEnd(saying.text, MAX_MARKDOWN_BYTES - Buffer.byteLength(`\n${mentions}`))
  return {
    msgtype: 'markdown',
    markdown: { content: mentions ? `${content}\n${mentions}` : content },
  }
}

/** The first `own`, and of the others as many as there is room for. */
function fitting(userIds: readonly string[], own: number): string {
  const mentions: string[] = []
  let bytes = 0
  for (const [at, id] of userIds.entries()) {
    bytes += Buffer.byteLength(` <@${id}>`)
    if (at >= own && bytes > MAX_MENTION_BYTES) break
    mentions.push(`<@${id}>`)
  }
  return mentions.join(' ')
}
