/** What a POST that went wrong means for the delivery. Names the host, never the rest of the URL. */
import { oneLine } from './bounded-text.ts'
import { ChannelFailure, type ChannelReason } from './channel.ts'
import type { OutgoingAnswer } from './outgoing-http.ts'

const MAX_SAID_CHARS = 200
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME|LEAF_SIGNATURE/
const TLS = /^(EPROTO|ERR_SSL|ERR_TLS)/
/** The settings have to be mended: nothing wrong with this message. */
const SETTINGS = [401, 403, 404, 405, 407]
const LATER = [408, 425, 429]

/** There was no answer. `handedOver`: the whole request had been written. */
export function outgoingFailure(error: unknown, host: string, handedOver: boolean): ChannelFailure {
  const code = codeOf(error)
  const [reason, words] = meaningOf(code)
  // No `cause` and no message of theirs: either may quote the URL.
  return new ChannelFailure(reason, `${host}: ${words}`, handedOver)
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const { name, code } = error as NodeJS.ErrnoException
  return typeof code === 'string' ? code : name
}

function meaningOf(code: string): readonly [ChannelReason, string] {
  if (code === 'EPRIVATE') {
    return ['misconfigured', 'is no public address: the operator has to allow private ones']
  }
  if (CERTIFICATE.test(code)) return ['misconfigured', `its certificate is not trusted (${code})`]
  if (TLS.test(code)) return ['misconfigured', `no TLS is spoken there (${code})`]
  if (/ABORT/i.test(code)) return ['timeout', 'was cut off before it answered']
  if (/TIMEOUT|TIMEDOUT/i.test(code)) return ['timeout', 'did not answer in time']
  if (code === 'ENOTFOUND') return ['unreachable', 'no such host (ENOTFOUND): check name and DNS']
  return ['unreachable', `cannot be reached, or broke off (${code})`]
}

/** What an answer other than 2xx means, for peers that speak by status. */
export function statusFailure(
  { status, text, retryAfterMs }: OutgoingAnswer,
  host: string,
): ChannelFailure {
  return new ChannelFailure(
    reasonOf(status),
    `${host}: HTTP ${status}${quoted(text)}`,
    false,
    retryAfterMs,
  )
}

function reasonOf(status: number): ChannelReason {
  if (status >= 500 || LATER.includes(status)) return 'busy'
  if (SETTINGS.includes(status)) return 'misconfigured'
  return status === 410 ? 'disabled' : 'refused'
}

/**
 * 2xx or not, it is no answer of this peer: of a proxy, a captive portal, or cut off. So nothing it says is for good.
 */
export function strangeAnswer(answer: OutgoingAnswer, host: string): ChannelFailure {
  const words = `HTTP ${answer.status} without the expected JSON${quoted(answer.text)}`
  if (answer.status < 300) return new ChannelFailure('unreachable', `${host}: ${words}`, true)
  const reason = reasonOf(answer.status) === 'busy' ? 'busy' : 'misconfigured'
  return new ChannelFailure(reason, `${host}: ${words}`, false, answer.retryAfterMs)
}

export function jsonOf({ text }: OutgoingAnswer): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the peer said, short: ` 'no such token'`. */
export function quoted(text: string): string {
  const said = oneLine(text)
  const shown = said.slice(0, MAX_SAID_CHARS).toWellFormed()
  return said && ` '${said.length > MAX_SAID_CHARS ? `${shown}…` : shown}'`
}
