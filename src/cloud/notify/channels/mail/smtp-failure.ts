/** What an error of the SMTP client means for the delivery. */
import { messageOf } from '../../../../support/failure.ts'
import { oneLine } from '../bounded-text.ts'
import { ChannelFailure, type ChannelReason } from '../channel.ts'
import { AddressRefused, addressFault } from './address-refusal.ts'
import { logInAdvice } from './presets.ts'

/** The fields nodemailer puts on its errors. */
interface SmtpError {
  readonly code?: string
  readonly originalCode?: string
  /** The command that was answered, `CONN` for the connection, `API` before any. */
  readonly command?: string
  readonly responseCode?: number
  /** The answer. */
  readonly response?: string
}

const MAX_CHARS = 400
/** Answers that ask for a log-in or for TLS first: a matter of settings at any command. */
const ADMISSION = [530, 534, 535, 538]
/** What Node.js advises who runs it by hand. */
const FOR_DEVELOPERS = /; if the root CA is installed locally.*$/
const CERTIFICATE = /CERT|SELF_SIGNED|ISSUER|ALTNAME|SIGNATURE/

/**
 * @param handedOver The whole message was written.
 * @param scrub Cuts secrets out of a text: servers may echo what they were sent.
 */
export function smtpFailure(
  error: unknown,
  server: string,
  handedOver: boolean,
  scrub: (text: string) => string,
): ChannelFailure {
  const fields: SmtpError = typeof error === 'object' && error !== null ? error : {}
  const reason = reasonOf(fields)
  const host = server.replace(/:\d+$/, '')
  const hint = reason === 'misconfigured' ? adviceFor(fields, host) : whereTo(messageOf(error))
  const said = oneLine(scrub(messageOf(error)).replace(FOR_DEVELOPERS, '')).slice(0, MAX_CHARS)
  const unanswered = handedOver && fields.responseCode === undefined
  const fault = fields.command === 'RCPT TO' && addressFault(fields.response ?? '')
  if (reason === 'refused' && fault) return new AddressRefused(fault, `SMTP ${server}: ${said}`)
  // No `cause`: the client's error carries the server's words unscrubbed.
  return new ChannelFailure(reason, `SMTP ${server}: ${said}${hint}`, unanswered)
}

function reasonOf({
  code = '',
  originalCode = '',
  command = '',
  responseCode,
}: SmtpError): ChannelReason {
  if (responseCode !== undefined) return reasonOfAnswer(responseCode, command)
  if (code === 'ETLS' || code === 'EAUTH' || CERTIFICATE.test(originalCode)) return 'misconfigured'
  if (originalCode === 'EPROTO' || originalCode.startsWith('ERR_SSL')) return 'misconfigured'
  if (code === 'EENVELOPE') return 'invalid-address'
  // Larger than the server allows.
  if (code === 'EMESSAGE') return 'refused'
  return code === 'ETIMEDOUT' || code === 'EABORT' ? 'timeout' : 'unreachable'
}

function reasonOfAnswer(answer: number, command: string): ChannelReason {
  if (answer < 500) return 'busy'
  if (ADMISSION.includes(answer)) return 'misconfigured'
  // 503: the session got out of step, not the message.
  if (answer === 503) return 'busy'
  return command === 'RCPT TO' || command === 'DATA' ? 'refused' : 'misconfigured'
}

/** It went wrong before a word was understood: TLS where there is none, silence where a greeting should be. */
export function mayBeOtherMode(error: unknown): boolean {
  const fields: SmtpError = typeof error === 'object' && error !== null ? error : {}
  const { code = '', originalCode = '', command = '', responseCode } = fields
  if (responseCode !== undefined || code === 'ETLS' || CERTIFICATE.test(originalCode)) return false
  const isSilence = code === 'ETIMEDOUT' && /greeting/i.test(messageOf(error))
  const isGarbled = originalCode === 'EPROTO' || originalCode.startsWith('ERR_SSL')
  const isCut = command === 'CONN' && /closed unexpectedly|ECONNRESET/.test(messageOf(error))
  return isSilence || isGarbled || isCut || code === 'EPROTOCOL'
}

function whereTo(message: string): string {
  if (message.includes('ENOTFOUND')) return ' — there is no such host: check mail.host'
  if (!message.includes('ECONNREFUSED')) return ''
  return ' — nobody listens there: check mail.host and mail.port'
}

function adviceFor(fields: SmtpError, host: string): string {
  const { code, originalCode = '', command = '', responseCode = 0 } = fields
  if (code === 'EAUTH' || ADMISSION.includes(responseCode)) return ` — ${logInAdvice(host)}`
  if (CERTIFICATE.test(originalCode)) {
    return ' — the certificate is not trusted: check mail.host, or give its authority as mail.ca_file'
  }
  if (command === 'MAIL FROM')
    return ' — check mail.from: most servers take only the address of mail.user'
  return ' — check mail.port and mail.tls (465 implicit, 587 and 25 starttls)'
}
