/** Mail by SMTP: a small pool of connections, TLS verified. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { PassThrough } from 'node:stream'
import { rootCertificates } from 'node:tls'
import { createTransport } from 'nodemailer'
import { messageOf } from '../../../../support/failure.ts'
import type { Delivery } from '../../ports.ts'
import { type Channel, ChannelFailure } from '../channel.ts'
import { isAddress, type MailConfig } from './config.ts'
import { attachmentsOf } from './picture.ts'
import { smtpFailure } from './smtp-failure.ts'

const CONNECTIONS = 4
/** All in real time: the machine at the other end knows no other. */
const CONNECT_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 30_000
const SEND_TIMEOUT_MS = 50_000
const IMPLICIT_TLS_PORTS = [465, 994]
const MAX_REFERENCES = 10

/** @throws {ChannelFailure} a file named in the settings cannot be read. */
export function openMail(config: MailConfig): Channel {
  const { host, user } = config
  const password = config.password_file ? firstLine(config.password_file) : config.password
  const options = { ...connectionOf(config), ...(user && { auth: { user, pass: password ?? '' } }) }
  const transport = createTransport(options)
  const server = `${host}:${options.port}`
  const scrub = scrubber(user, password)
  const handedOver = new Set<string>()
  transport.use('stream', (mail, done) => {
    const id = String(mail.data.messageId)
    const flush = (end: () => void) => {
      handedOver.add(id)
      end()
    }
    mail.message.transform(() => new PassThrough({ flush }))
    done()
  })
  return {
    kind: 'mail',
    async send(delivery, signal) {
      if (!isAddress(delivery.to)) {
        throw new ChannelFailure('invalid-address', `'${delivery.to}' is no mail address`)
      }
      const message = await mailOf(delivery, config.from)
      const until = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)])
      try {
        const { response } = await transport.sendMail({ ...message, signal: until })
        return scrub(response)
      } catch (error) {
        throw smtpFailure(error, server, handedOver.has(message.messageId), scrub)
      } finally {
        handedOver.delete(message.messageId)
      }
    },
    close: () => transport.close(),
  }
}

function connectionOf({ host, port, tls, ca_file }: MailConfig) {
  const usual = { auto: 465, implicit: 465, starttls: 587, none: 25 }
  const chosen = port ?? usual[tls]
  const implicit = tls === 'implicit' || (tls === 'auto' && IMPLICIT_TLS_PORTS.includes(chosen))
  return {
    pool: true as const,
    host,
    port: chosen,
    secure: implicit,
    // In `auto` only a server on this machine may do without.
    requireTLS: tls === 'starttls' || (tls === 'auto' && !implicit && !isLoopback(host)),
    ignoreTLS: tls === 'none',
    tls: {
      minVersion: 'TLSv1.2' as const,
      ...(ca_file && { ca: [...rootCertificates, contentOf(ca_file)] }),
    },
    maxConnections: CONNECTIONS,
    // One more try where a pooled connection had died before anything was sent over it.
    maxRequeues: 1,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** The mail of a delivery: the same bytes each time, but for the boundary of its parts. */
async function mailOf(delivery: Delivery, from: string) {
  const { id, environment, policy, message, alerts } = delivery
  const threads = alerts
    .slice(0, MAX_REFERENCES)
    .map((alert) => `<alert-${atom(alert)}@tars-alarm>`)
  return {
    from,
    to: { name: '', address: delivery.to },
    subject: message.subject,
    text: message.text,
    html: message.html,
    attachments: await attachmentsOf(message),
    messageId: `<${atom(id)}@tars-alarm>`,
    date: new Date(delivery.plannedAt),
    // Mails of one alert stand together: they answer a message that never was.
    ...(threads[0] && { inReplyTo: threads[0], references: threads }),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Tars-Alarm-Delivery': id,
      'X-Tars-Alarm-Environment': environment,
      'X-Tars-Alarm-Policy': policy,
      'X-Tars-Alarm-Alert': alerts[0] ?? '',
    },
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** What may stand in a message id without quotes. */
function atom(id: string): string {
  return /^[\w.-]+$/.test(id) ? id : Buffer.from(id).toString('hex')
}

function firstLine(file: string): string {
  return contentOf(file).split(/\r?\n/, 1)[0] ?? ''
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ChannelFailure('misconfigured', `mail: cannot read ${file}: ${messageOf(error)}`)
  }
}

/** Cuts the password out of a text, also in the forms in which it goes over the wire. */
function scrubber(user = '', password = ''): (text: string) => string {
  if (password === '') return (text) => text
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const secrets = [password, base64(password), base64(`\0${user}\0${password}`)]
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[cut]'), text)
}
