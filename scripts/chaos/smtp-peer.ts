/** A mail server that treats connections and mails by chance. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { NODE } from './alarms.ts'
import { type Fate, type Fates, passed } from './fate.ts'
import type { Peer } from './http-peer.ts'
import type { Ledger, Telling } from './ledger.ts'

const GARBAGE = ['HTTP/1.1 400 Bad Request\r\n\r\n', '\x16\x03\x01\r\n', '999 what\r\n', '\r\n\r\n']
const LATER = [421, 450, 451, 452]

export async function startSmtpPeer(ledger: Ledger, fates: Fates): Promise<Peer> {
  const sockets = new Map<number, Socket>()
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo(_address, _session, done) {
      const fate = fates.next()
      done(fate === 'fails' || fate === 'throttles' ? refusal(fates.pick(LATER)) : null)
    },
    onData(stream, session, done) {
      const socket = sockets.get(session.remotePort)
      if (!socket) return
      mailOf(stream)
        .then((raw) => take(raw, { ledger, fates, socket, done }))
        // The cloud was killed within the mail.
        .catch(() => socket.destroy())
    },
  })
  smtp.on('error', () => {})
  const door = createServer((socket) => {
    const { remotePort } = socket
    if (remotePort === undefined) return void socket.destroy()
    sockets.set(remotePort, socket)
    ledger.connected(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(remotePort))
    void letIn(socket, fates, () => smtp.server.emit('connection', socket))
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  return {
    port: (door.address() as AddressInfo).port,
    calm: () => fates.calm(),
    async close() {
      for (const socket of sockets.values()) socket.destroy()
      await new Promise((resolve) => door.close(resolve))
    },
  }
}

/** Connections stay: they are treated better than mails. */
async function letIn(socket: Socket, fates: Fates, enter: () => void): Promise<void> {
  const fate = fates.next()
  if (fate === 'talks garbage') return void socket.end(fates.pick(GARBAGE))
  if (fate !== 'hangs') return enter()
  await passed(fates.hangMs())
  socket.destroy()
}

interface Taking {
  readonly ledger: Ledger
  readonly fates: Fates
  readonly socket: Socket
  readonly done: (error?: Error | null, answer?: string) => void
}

async function take(raw: Buffer, { ledger, fates, socket, done }: Taking): Promise<void> {
  const fate: Fate = fates.next()
  if (fate === 'fails' || fate === 'throttles') return done(refusal(fates.pick(LATER)))
  if (fate === 'hangs') await passed(fates.hangMs())
  if (fate === 'hangs' || fate === 'talks garbage') return void socket.destroy()
  const { subject = '', text = '', messageId = '', to = [] } = await PostalMime.parse(raw)
  if (fate === 'takes late') await passed(fates.lateMs())
  const isAccepted = fate !== 'breaks off'
  const arrival = {
    ...{ isAccepted, isMarked: false, recipient: to[0]?.address ?? '' },
    delivery: /^<(.*)@tars-alarm>$/.exec(messageId)?.[1] ?? '',
    tells: tellingsOf(subject, text),
  }
  ledger.add(arrival, socket)
  if (isAccepted) done(null, 'queued')
  else socket.destroy()
}

async function mailOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function tellingsOf(subject: string, text: string): Telling[] {
  const over = subject.endsWith('-RESOLVED')
  return [...new Set(text.match(NODE))].map((node) => ({ node, over }))
}

function refusal(code: number): Error {
  return Object.assign(new Error('not now'), { responseCode: code })
}
