/** What a port speaks at once: asked by two connections over which nothing is sent. */
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** `tls`: TLS from the first byte; `smtp`: a greeting. */
export type Spoken = 'tls' | 'smtp'

const TIMEOUT_MS = 10_000

/** Undefined: neither, or nobody is there. Never rejects; takes 10 s of real time at the most. */
export function spokenAt(host: string, port: number): Promise<Spoken | undefined> {
  const { promise, resolve } = Promise.withResolvers<Spoken | undefined>()
  const plain = connect({ host, port })
  // Who it is does not matter yet: nothing is told to it.
  const tls = connectTls({ host, port, rejectUnauthorized: false })
  let ended = 0
  for (const socket of [plain, tls]) {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
    socket.on('error', () => {})
    socket.on('close', () => {
      if (++ended === 2) resolve(undefined)
    })
  }
  plain.once('data', (text) => {
    if (/^\d{3}[ -]/.test(text.toString('latin1'))) resolve('smtp')
  })
  tls.once('secureConnect', () => resolve('tls'))
  return promise.finally(() => {
    plain.destroy()
    tls.destroy()
  })
}
