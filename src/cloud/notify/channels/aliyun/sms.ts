/** Aliyun's SMS: SendSms of dysmsapi, 2017-05-25. */
import type { Channel, ChannelDeps } from '../channel.ts'
import { aliyunMeaning } from './errors.ts'
import { numbersOf } from './numbers.ts'
import { templateParameters } from './render.ts'
import { callAliyun } from './rpc.ts'
import type { AliyunSmsSettings } from './settings.ts'

const ORIGIN = 'https://dysmsapi.aliyuncs.com'
const MAX_OUT_ID_CHARS = 64

export function openAliyunSms(settings: AliyunSmsSettings, deps: ChannelDeps): Channel {
  return {
    kind: 'aliyun-sms',
    async send({ id, message, people }, signal) {
      const numbers = numbersOf(people, settings.phones)
      const parameters = {
        PhoneNumbers: numbers.join(','),
        SignName: settings.sign_name,
        TemplateCode: settings.template_code,
        TemplateParam: templateParameters(message.text, settings.variables),
        OutId: id.slice(0, MAX_OUT_ID_CHARS),
      }
      const call = { origin: deps.origin ?? ORIGIN, action: 'SendSms', parameters, numbers }
      return callAliyun(settings, call, { ...deps, meaningOf: aliyunMeaning }, signal)
    },
    close() {},
  }
}
