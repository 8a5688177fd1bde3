/**
 * A process that takes what is sent, webhooks and mails, as fast as it can. It says its ports at the start, and
 * how far it is when it is asked.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** All times by the clock of this machine, in ms. */
export interface Taken {
  /** Calls or mails. */
  readonly messages: number
  /** Alarms told, by their label `id`, each once. */
  readonly alarms: number
  readonly lastAt: number
}

export interface Ports {
  readonly http: number
  readonly smtp: number
}

interface Payload {
  readonly alerts: readonly { readonly labels: { readonly id?: string } }[]
}

async function serve(): Promise<void> {
  const webhooks = { messages: 0, alarms: new Set<string>(), lastAt: 0 }
  const mails = { messages: 0, lastAt: 0 }
  const http = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(chunks).toString()) as Payload
      for (const { labels } of alerts) if (labels.id !== undefined) webhooks.alarms.add(labels.id)
      webhooks.messages++
      webhooks.lastAt = Date.now()
      response.end('ok')
    })
  }).listen(0, '127.0.0.1')
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData(stream, _session, done) {
      stream.resume()
      stream.on('end', () => {
        mails.messages++
        mails.lastAt = Date.now()
        done()
      })
    },
  })
  smtp.listen(0, '127.0.0.1')
  await Promise.all([once(http, 'listening'), once(smtp.server, 'listening')])
  process.on('message', (what) => {
    const of =
      what === 'mails' ? { ...mails, alarms: 0 } : { ...webhooks, alarms: webhooks.alarms.size }
    process.send?.(of)
    if (what === 'forget') {
      Object.assign(webhooks, { messages: 0, lastAt: 0, alarms: new Set() })
      Object.assign(mails, { messages: 0, lastAt: 0 })
    }
  })
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port
  process.send?.({ http: portOf(http), smtp: portOf(smtp.server) })
}

if (process.send && import.meta.main) await serve()
