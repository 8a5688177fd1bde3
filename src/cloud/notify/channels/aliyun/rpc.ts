/** Aliyun's RPC: parameters as a form, signed with HMAC-SHA1 (signature version 1.0). */
import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type ChannelDeps, ChannelFailure, type ChannelReason, ReaderBusy } from '../channel.ts'
import { jsonOf, quoted, strangeAnswer } from '../outgoing-failure.ts'
import { scrubber } from '../secrets.ts'

export interface AliyunKey {
  readonly access_key_id: string
  readonly access_key_secret: string
}

type Parameters = Readonly<Record<string, string>>

export interface AliyunCall {
  /** `https://dysmsapi.aliyuncs.com`. */
  readonly origin: string
  readonly action: string
  readonly parameters: Parameters
  /** People's: never in what is said of it. */
  readonly numbers: readonly string[]
}

/** What a code means, and how long to wait where it says so. */
export interface AliyunMeaning {
  readonly reason: ChannelReason
  readonly advice?: string | undefined
  readonly retryAfterMs?: number | undefined
  /** It is about the number, not about the account. */
  readonly isOfNumber?: true
}

export type AliyunMeaningOf = (code: string, message: string) => AliyunMeaning

const Answer = z.object({ Code: z.string(), Message: z.string().catch('') })

/** Resolves with the answer when its code is OK. @throws {ChannelFailure} */
export async function callAliyun(
  key: AliyunKey,
  call: AliyunCall,
  { http, clock, meaningOf }: ChannelDeps & { readonly meaningOf: AliyunMeaningOf },
  signal: AbortSignal,
): Promise<string> {
  const form = signedForm(key, {
    ...publicParameters(key, call.action, { now: clock.now(), nonce: randomUUID() }),
    ...call.parameters,
  })
  const contentType = 'application/x-www-form-urlencoded'
  const raw = await http.post({ url: `${call.origin}/`, body: form, contentType }, signal)
  const { host } = new URL(call.origin)
  const answer = {
    ...raw,
    text: scrubber([key.access_key_secret, key.access_key_id, ...call.numbers])(raw.text),
  }
  const { data } = Answer.safeParse(jsonOf(answer))
  if (data?.Code === 'OK' && answer.status < 300) return `${host}:${quoted(answer.text)}`
  if (!data || data.Code === 'OK') throw strangeAnswer(answer, host)
  const { reason, advice, retryAfterMs, isOfNumber } = meaningOf(data.Code, data.Message)
  const words = `${call.action} ${data.Code}${quoted(data.Message)}${advice ? ` — ${advice}` : ''}`
  if (isOfNumber) throw new ReaderBusy(`${host}: ${words}`, retryAfterMs)
  throw new ChannelFailure(reason, `${host}: ${words}`, false, retryAfterMs)
}

export function publicParameters(
  { access_key_id }: AliyunKey,
  action: string,
  { now, nonce }: { readonly now: number; readonly nonce: string },
): Parameters {
  return {
    AccessKeyId: access_key_id,
    Action: action,
    Format: 'JSON',
    RegionId: 'cn-hangzhou',
    SignatureMethod: 'HMAC-SHA1',
    SignatureNonce: nonce,
    SignatureVersion: '1.0',
    Timestamp: new Date(now).toISOString().replace(/\.\d+Z$/, 'Z'),
    Version: '2017-05-25',
  }
}

/** The parameters and their signature as the body of a POST. */
export function signedForm({ access_key_secret }: AliyunKey, parameters: Parameters): string {
  const query = canonical(parameters)
  return `Signature=${encoded(aliyunSign('POST', query, access_key_secret))}&${query}`
}

export function aliyunSign(method: 'GET' | 'POST', query: string, secret: string): string {
  const text = `${method}&${encoded('/')}&${encoded(query)}`
  return createHmac('sha1', `${secret}&`).update(text).digest('base64')
}

/** Sorted by name, both sides encoded. */
export function canonical(parameters: Parameters): string {
  const names = Object.keys(parameters).sort()
  return names.map((name) => `${encoded(name)}=${encoded(parameters[name] ?? '')}`).join('&')
}

/** RFC 3986: what `encodeURIComponent` leaves as it is, is encoded too. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
