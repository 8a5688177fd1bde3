import type { Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { Server, type Socket } from 'node:net'
import { Failure } from '../support/failure.ts'
import type { AdapterPlan } from './host-plan.ts'

export type Listener = Server | UdpSocket

export type HostReason =
  | 'port-taken'
  | 'not-permitted'
  | 'no-such-address'
  | 'cannot-listen'
  | 'no-servant'

/** A host that cannot serve as it is told. The message is one line that names adapter and address. */
export class HostError extends Failure<HostReason> {}

const REASONS: Readonly<Record<string, readonly [HostReason, string]>> = {
  EADDRINUSE: ['port-taken', 'is taken'],
  EACCES: ['not-permitted', 'needs more rights'],
  EADDRNOTAVAIL: ['no-such-address', 'is not of this machine'],
  ENOTFOUND: ['no-such-address', 'is not of this machine'],
}

/** @throws {HostError} */
export async function whenListening(
  { name, endpoint }: AdapterPlan,
  listener: Listener,
): Promise<void> {
  try {
    await once(listener, 'listening')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const [reason, what] = REASONS[code] ?? ['cannot-listen', 'cannot be listened on']
    const where = `${endpoint.transport} port ${endpoint.port} on ${endpoint.host}`
    throw new HostError(reason, `${where} ${what}: ${name} cannot listen (${code})`, {
      cause: error,
    })
  }
}

export async function whenClosed(listener: Listener): Promise<void> {
  await once(listener, 'close')
}

/** Takes no new connections. A UDP socket has none, and would lose its answers if closed. */
export function refuseMore(listener: Listener): void {
  if (listener instanceof Server) listener.close()
}

/** Lets out what was written, then ends the connection on our side. */
export function endConnection(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
    socket.end(() => resolve())
  })
}
