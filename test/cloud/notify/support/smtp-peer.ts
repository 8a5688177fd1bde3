/** A real SMTP server that behaves as a test says. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { MailConfig } from '../../../../src/cloud/notify/channels/mail/config.ts'
import { openMail } from '../../../../src/cloud/notify/channels/mail/mail.ts'
import type { Behaviour, ChannelPeer } from './channel-contract.ts'

export const CERTIFICATE = new URL('localhost-cert.pem', import.meta.url).pathname
const KEY = new URL('localhost-key.pem', import.meta.url).pathname
export const PASSWORD = 'hunter2-Geheim!'
const USER = 'alarm@example.com'

export type SmtpBehaviour = Behaviour | 'refuses the sender' | 'refuses the content'

export interface SmtpPeer extends ChannelPeer {
  behave(behaviour: SmtpBehaviour): void
  readonly config: MailConfig
  readonly mails: readonly Email[]
  readonly connections: number
  /** Ends all connections. */
  cut(): void
}

/**
 * `tls`: offers STARTTLS with a certificate of its own; `auth`: asks for user and password; `implicit`: TLS from the
 * first byte.
 */
export async function startSmtp(
  offers: { tls?: boolean; auth?: boolean; implicit?: boolean } = {},
): Promise<SmtpPeer> {
  let behaviour: SmtpBehaviour = 'takes it'
  let connections = 0
  const mails: Email[] = []
  const sockets = new Set<Socket>()
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  /** Ends the one connection, and leaves another mail on its way alone. */
  const cutOff = (port: number) => {
    for (const socket of sockets) if (socket.remotePort === port) socket.destroy()
  }
  const refusal = (code: number, text: string) =>
    Object.assign(new Error(text), { responseCode: code })
  const server = new SMTPServer({
    authOptional: offers.auth !== true,
    allowInsecureAuth: true,
    disabledCommands: [...(offers.tls ? [] : ['STARTTLS']), ...(offers.auth ? [] : ['AUTH'])],
    ...((offers.tls || offers.implicit) && {
      ...{ cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) },
      secure: offers.implicit === true,
    }),
    onAuth({ username, password }, _session, done) {
      if (behaviour === 'does not let us in' || password !== PASSWORD) {
        const encoded = Buffer.from(`\0${username}\0${password}`).toString('base64')
        return done(refusal(535, `no such user with ${password} (${encoded})`))
      }
      done(null, { user: username })
    },
    onMailFrom(_address, _session, done) {
      done(behaviour === 'refuses the sender' ? refusal(553, 'mail from must equal user') : null)
    },
    onRcptTo(_address, _session, done) {
      if (behaviour === 'asks to come later') return done(refusal(451, 'greylisted'))
      if (behaviour === 'refuses it') return done(refusal(550, 'no such mailbox'))
      done()
    },
    async onData(stream, session, done) {
      if (behaviour === 'hangs') return
      if (behaviour === 'drops the connection half-way') return void stream.once('data', cut)
      const chunks: Buffer[] = []
      try {
        for await (const chunk of stream) chunks.push(chunk)
      } catch {
        // The connection broke off within the message.
        return
      }
      if (behaviour === 'refuses the content') return done(refusal(554, 'looks like spam'))
      mails.push(await PostalMime.parse(Buffer.concat(chunks)))
      if (behaviour === 'takes it and dies before the answer') return cutOff(session.remotePort)
      done(null, 'queued')
    },
  })
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => {
    connections++
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    if (behaviour === 'does not let us in' && !offers.auth) socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const config: MailConfig = {
    host: '127.0.0.1',
    port,
    tls: 'auto',
    from: `TARS 告警 <${USER}>`,
    ...((offers.tls || offers.implicit) && { ca_file: CERTIFICATE }),
    ...(offers.auth && { user: USER, password: PASSWORD }),
  }
  return {
    config,
    mails,
    secrets: [PASSWORD, Buffer.from(`\0${USER}\0${PASSWORD}`).toString('base64')],
    get connections() {
      return connections
    },
    cut,
    open: () => openMail(config),
    behave(next) {
      behaviour = next
      // A connection that was let in would stay so.
      if (next === 'does not let us in') cut()
    },
    taken: () =>
      mails.map(({ messageId }) => /^<(.*)@tars-alarm>$/.exec(messageId ?? '')?.[1] ?? ''),
    async close() {
      // Node 24.21 crashes where a socket is destroyed under a TLS handshake: clients end those themselves.
      if (!offers.implicit) cut()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
