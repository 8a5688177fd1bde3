/** WeCom's group robots: markdown within 4,096 bytes, or text within 2,048 that mentions people. */
import { cutAboveEnd } from '../bounded-text.ts'
import type { Channel, ChannelDeps } from '../channel.ts'
import { isRecovery, plainOf } from '../markdown.ts'
import { errcodeAnswer, type Saying } from '../robot.ts'
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

function bodyOf({ at_user_ids, at_mobiles, at_all }: WecomSettings, { subject, text }: Saying) {
  const silent = isRecovery(subject)
  if (silent || (at_mobiles.length === 0 && !at_all)) {
    const mentions = silent ? '' : at_user_ids.map((id) => `<@${id}>`).join(' ')
    const room = MAX_MARKDOWN_BYTES - Buffer.byteLength(`\n${mentions}`)
    const content = cutAboveEnd(text, room)
    return {
      msgtype: 'markdown',
      markdown: { content: mentions ? `${content}\n${mentions}` : content },
    }
  }
  const mentioned_list = at_all ? [...at_user_ids, '@all'] : at_user_ids
  const content = cutAboveEnd(plainOf(text), MAX_TEXT_BYTES)
  return { msgtype: 'text', text: { content, mentioned_list, mentioned_mobile_list: at_mobiles } }
}
