/** What an error of the SMTP client means for the delivery. */
import { messageOf } from '../../../../support/failure.ts'
import { oneLine } from '../bounded-text.ts'
import { ChannelFailure, type ChannelReason } from '../channel.ts'

/** The fields nodemailer puts on its errors. */
interface SmtpError {
  readonly code?: string
  readonly originalCode?: string
  /** The command that was answered, `CONN` for the connection, `API` before any. */
  readonly command?: string
  readonly responseCode?: number
}

const MAX_CHARS = 400
/** Answers that ask for a log-in or for TLS first: a matter of settings at any command. */
const ADMISSION = [530, 534, 535, 538]
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
  const hint = reason === 'misconfigured' ? adviceFor(fields) : ''
  const said = oneLine(scrub(messageOf(error))).slice(0, MAX_CHARS)
  const unanswered = handedOver && fields.responseCode === undefined
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

function adviceFor({ code, originalCode = '', command = '', responseCode = 0 }: SmtpError): string {
  if (code === 'EAUTH' || ADMISSION.includes(responseCode)) {
    return ' — check mail.user and mail.password; many providers want an app password (授权码)'
  }
  if (CERTIFICATE.test(originalCode)) {
    return ' — the certificate is not trusted: check mail.host, or give its authority as mail.ca_file'
  }
  if (command === 'MAIL FROM')
    return ' — check mail.from: most servers take only the address of mail.user'
  return ' — check mail.port and mail.tls (465 implicit, 587 and 25 starttls)'
}
