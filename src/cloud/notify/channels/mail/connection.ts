/** How the mail server is connected to, from its settings. */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import { messageOf } from '../../../../support/failure.ts'
import { ChannelFailure } from '../channel.ts'
import type { MailConfig } from './config.ts'

/** `implicit`: TLS from the start; `starttls`: after a greeting, where there is TLS at all. */
export type Mode = 'implicit' | 'starttls'

const CONNECTIONS = 4
/** All in real time: the machine at the other end knows no other. */
const CONNECT_TIMEOUT_MS = 10_000
const SILENCE_TIMEOUT_MS = 30_000
const IMPLICIT_TLS_PORTS = [465, 994]
const USUAL_PORTS = { auto: 465, implicit: 465, starttls: 587, none: 25 }

export function portOf({ port, tls }: MailConfig): number {
  return port ?? USUAL_PORTS[tls]
}

/** What is tried first. */
export function modeOf(config: MailConfig): Mode {
  const { tls } = config
  const implicit =
    tls === 'implicit' || (tls === 'auto' && IMPLICIT_TLS_PORTS.includes(portOf(config)))
  return implicit ? 'implicit' : 'starttls'
}

/** @throws {ChannelFailure} a file named in the settings cannot be read. */
export function connectionOf(config: MailConfig, mode: Mode, greetingMs = CONNECT_TIMEOUT_MS) {
  const { host, tls, ca_file, allow_plain } = config
  // In `auto` only a server on this machine may do without, or one the operator trusts so far.
  const mayBePlain = isLoopback(host) || allow_plain === true
  return {
    pool: true as const,
    host,
    port: portOf(config),
    secure: mode === 'implicit',
    requireTLS: tls === 'starttls' || (tls === 'auto' && mode === 'starttls' && !mayBePlain),
    ignoreTLS: tls === 'none',
    tls: {
      minVersion: 'TLSv1.2' as const,
      ...(ca_file && { ca: [...rootCertificates, contentOf(ca_file)] }),
    },
    maxConnections: CONNECTIONS,
    // One more try where a pooled connection had died before anything was sent over it.
    maxRequeues: 1,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: greetingMs,
    dnsTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

export function passwordOf({ password, password_file }: MailConfig): string | undefined {
  return password_file ? contentOf(password_file).split(/\r?\n/, 1)[0] : password
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ChannelFailure('misconfigured', `mail: cannot read ${file}: ${messageOf(error)}`)
  }
}
