/** Mail by SMTP: a small pool of connections, TLS verified; how the server wants TLS is found out. */
import type { Delivery } from '../../ports.ts'
import { type Channel, ChannelFailure } from '../channel.ts'
import { isAddress, type MailConfig } from './config.ts'
import { attachmentsOf } from './picture.ts'
import { type MailOptions, Transports } from './transports.ts'

const SEND_TIMEOUT_MS = 50_000
const MAX_REFERENCES = 10

/** @throws {ChannelFailure} a file named in the settings cannot be read. */
export function openMail(config: MailConfig, options: MailOptions = {}): Channel {
  const transports = new Transports(config, options)
  return {
    kind: 'mail',
    async send(delivery, signal) {
      if (!isAddress(delivery.to)) {
        throw new ChannelFailure('invalid-address', `'${delivery.to}' is no mail address`)
      }
      const message = await mailOf(delivery, config.from)
      const until = AbortSignal.any([signal, AbortSignal.timeout(SEND_TIMEOUT_MS)])
      return transports.send({ ...message, signal: until })
    },
    close: () => transports.close(),
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

/** What may stand in a message id without quotes. */
function atom(id: string): string {
  return /^[\w.-]+$/.test(id) ? id : Buffer.from(id).toString('hex')
}
