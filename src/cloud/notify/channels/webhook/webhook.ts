/** A webhook: Alertmanager's payload to whatever takes it, signed, judged by its HTTP status. */
import { createHmac } from 'node:crypto'
import type { Delivery } from '../../ports.ts'
import type { Channel, ChannelDeps } from '../channel.ts'
import { quoted, statusFailure } from '../outgoing-failure.ts'
import { scrubber } from '../secrets.ts'
import type { WebhookSettings } from './settings.ts'

export function openWebhook(settings: WebhookSettings, { http, clock }: ChannelDeps): Channel {
  const { url, signing_secret, headers } = settings
  const { host } = new URL(url)
  // Names of headers have no case: what is set twice would be sent twice.
  const own = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  const scrub = scrubber(secretsOf(settings))
  return {
    kind: 'webhook',
    async send(delivery, signal) {
      const body = delivery.message.text
      const signature = signing_secret && signatureHeader(signing_secret, clock.now(), body)
      const raw = await http.post(
        {
          url,
          body,
          contentType: 'application/json',
          headers: {
            ...own,
            ...idsOf(delivery),
            ...(signature && { 'x-tars-alarm-signature': signature }),
          },
        },
        signal,
      )
      const answer = { ...raw, text: scrub(raw.text) }
      if (answer.status >= 200 && answer.status < 300) {
        return `${host}: HTTP ${answer.status}${quoted(answer.text)}`
      }
      throw statusFailure(answer, host)
    },
    close() {},
  }
}

/** `t=1660097106,v1=…`: HMAC-SHA256, in hex, of the seconds, a full stop and the body. */
export function signatureHeader(secret: string, now: number, body: string): string {
  const seconds = Math.floor(now / 1000)
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return `t=${seconds},v1=${mac}`
}

/** A repeat has the same delivery: whoever keeps the ids sees each once. */
function idsOf({ id, environment, maybeRepeated }: Delivery) {
  return {
    'x-tars-alarm-delivery': headerValue(id),
    'x-tars-alarm-environment': headerValue(environment),
    ...(maybeRepeated && { 'x-tars-alarm-maybe-repeated': 'true' }),
  }
}

function headerValue(text: string): string {
  return /^[\x21-\x7e]+$/.test(text) ? text : encodeURIComponent(text)
}

/** Many hold their token in the path; of `Bearer …` the second word is what a server would quote. */
function secretsOf({ url, signing_secret = '', headers }: WebhookSettings): string[] {
  const { pathname, searchParams } = new URL(url)
  const values = Object.values(headers)
  const words = values.flatMap((value) => value.split(' '))
  return [
    url,
    signing_secret,
    ...values,
    ...words,
    ...pathname.split('/'),
    ...searchParams.values(),
  ]
}
