/** Aliyun's voice calls: SingleCallByTts of dyvmsapi, 2017-05-25. Answered when the call is ordered, not when it is heard. */
import type { Channel, ChannelDeps } from '../channel.ts'
import { aliyunMeaning } from './errors.ts'
import { numbersOf } from './numbers.ts'
import { templateParameters } from './render.ts'
import { callAliyun } from './rpc.ts'
import type { AliyunVoiceSettings } from './settings.ts'

const ORIGIN = 'https://dyvmsapi.aliyuncs.com'
/** Its own limit, in bytes. */
const MAX_OUT_ID_CHARS = 15

export function openAliyunVoice(settings: AliyunVoiceSettings, deps: ChannelDeps): Channel {
  const { phone, show_number, template_code, variables, play_times } = settings
  return {
    kind: 'aliyun-voice',
    async send({ id, message, people }, signal) {
      const numbers = numbersOf(people, phone === undefined ? [] : [phone])
      const parameters = {
        CalledNumber: numbers[0] ?? '',
        ...(show_number !== undefined && { CalledShowNumber: show_number }),
        TtsCode: template_code,
        TtsParam: templateParameters(message.text, variables),
        PlayTimes: String(play_times),
        OutId: id.slice(0, MAX_OUT_ID_CHARS),
      }
      const call = { origin: deps.origin ?? ORIGIN, action: 'SingleCallByTts', parameters, numbers }
      return callAliyun(settings, call, { ...deps, meaningOf: aliyunMeaning }, signal)
    },
    close() {},
  }
}
