/** A recording of what a framework's servers sent, and its replay into the agent's real ports. */
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { z } from 'zod'
import type { Clock } from '../../src/support/clock.ts'

const line = z.object({
  t_ms: z.number().nonnegative(),
  feed: z.enum(['stat', 'property', 'notify']),
  peer: z.string().min(1),
  packet: z.base64().min(4),
})

export interface RecordedPacket {
  /** Since the start of the recording. */
  readonly atMs: number
  readonly feed: 'stat' | 'property' | 'notify'
  /** `host:port` of the process that sent it. */
  readonly peer: string
  /** As on the wire. */
  readonly packet: Buffer
}

/** @throws {Error} naming file and line of what is no recorded packet. */
export function readRecording(file: string): RecordedPacket[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index) => {
      if (text.trim() === '') return []
      const parsed = line.safeParse(parseJson(text))
      if (!parsed.success) {
        const issue = parsed.error.issues[0]
        throw new Error(`${file}:${index + 1}: ${issue?.path.join('.')} ${issue?.message}`)
      }
      const { t_ms, feed, peer, packet } = parsed.data
      return [{ atMs: t_ms, feed, peer, packet: Buffer.from(packet, 'base64') }]
    })
    .sort((a, b) => a.atMs - b.atMs)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends each packet when `clock` says so, one connection for each recorded process; resolves after the last. */
export async function play(
  packets: readonly RecordedPacket[],
  options: {
    clock: Clock
    /** When the recording begins, on that clock. */
    startsAt: number
    ports: Readonly<Record<RecordedPacket['feed'], number>>
    onPacket: (packet: RecordedPacket) => void
    signal: AbortSignal
  },
): Promise<void> {
  const { clock, startsAt, ports, onPacket, signal } = options
  const sockets = new Map<string, Promise<Socket>>()
  for (const packet of packets) {
    await until(clock, startsAt + packet.atMs, signal)
    if (signal.aborted) break
    const key = `${packet.feed} ${packet.peer}`
    const socket = sockets.get(key) ?? open(ports[packet.feed])
    sockets.set(key, socket)
    ;(await socket).write(packet.packet)
    onPacket(packet)
  }
  for (const socket of sockets.values()) (await socket).end()
}

function until(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  if (clock.now() >= at || signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    // A timer of the clock does not keep the process alive, this one does.
    const alive = setInterval(() => {}, 1000)
    const done = () => {
      clearInterval(alive)
      signal.removeEventListener('abort', done)
      resolve()
    }
    clock.after(at - clock.now(), done)
    signal.addEventListener('abort', done)
  })
}

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    socket.setNoDelay(true)
    socket.on('data', () => {})
    socket.once('error', reject)
  })
}
