/** How the cloud is spoken to, checked before the first try. */
import { readFileSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { rootCertificates } from 'node:tls'
import type { Clock } from '../../support/clock.ts'
import { Failure, messageOf } from '../../support/failure.ts'

export interface CloudOptions {
  /** `https://alarm.example.com`; a path is kept as a prefix. Several: the first that works is taken. */
  readonly url: string | readonly string[]
  readonly envKey: string
  /** PEM of certificate authorities to trust besides the usual ones. */
  readonly caFile?: string | undefined
  /** Plain http to other machines, too. */
  readonly allowInsecure?: boolean
  /** `http://[user:password@]host:port`: all goes through it. */
  readonly httpProxy?: string | undefined
  /** Real time for the cloud to answer. */
  readonly timeoutMs?: number
  /** By default the machine's. */
  readonly clock?: Clock
}

export type CloudReason = 'bad-url' | 'insecure' | 'bad-ca-file' | 'bad-proxy'

/** The cloud cannot be spoken to as configured. */
export class CloudFailure extends Failure<CloudReason> {}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

/** @throws {CloudFailure} `bad-url`, `insecure`. */
export function checkedUrl(text: string, allowInsecure: boolean | undefined): URL {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new CloudFailure('bad-url', `cloud_url '${text}' is no https address`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new CloudFailure('bad-url', `cloud_url of ${url.host} has a user or password in it`)
  }
  if (url.protocol === 'http:' && !allowInsecure && !isLoopback(url.hostname)) {
    throw new CloudFailure(
      'insecure',
      `cloud_url '${text}' would send env_key in plain text: use https, or allow_insecure=true`,
    )
  }
  return url
}

/** The usual authorities and those of the file; undefined without a file. @throws {CloudFailure} */
export function authoritiesOf(caFile: string | undefined): string[] | undefined {
  if (caFile === undefined) return undefined
  try {
    const own = readFileSync(caFile, 'utf8')
    if (!own.includes('-----BEGIN CERTIFICATE-----')) throw new Error('no PEM certificate in it')
    return [...rootCertificates, own]
  } catch (error) {
    throw new CloudFailure('bad-ca-file', `ca_file ${caFile}: ${messageOf(error)}`)
  }
}

export interface HttpProxy {
  /** `http://host:port`, without what is secret. */
  readonly uri: string
  /** `host:port`, to be shown. */
  readonly host: string
  /** For `Proxy-Authorization`. */
  readonly token: string | undefined
}

/** @throws {CloudFailure} `bad-proxy`, without the text: it may hold a password. */
export function proxyOf(text: string | undefined): HttpProxy | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const isPlain = url && url.pathname === '/' && url.search === '' && url.hash === ''
  const credentials = url && credentialsOf(url)
  if (!isPlain || url.protocol !== 'http:' || credentials === undefined) {
    const expected = 'http_proxy is no http://[user:password@]host:port'
    throw new CloudFailure('bad-proxy', `${expected} (encode other signs than letters and digits)`)
  }
  const token =
    credentials === null ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`
  return { uri: url.origin, host: url.host, token }
}

/** `user:password`; null without, undefined when it is not well encoded. */
function credentialsOf({ username, password }: URL): string | null | undefined {
  if (username === '' && password === '') return null
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  if (host === 'localhost') return true
  return isIP(host) !== 0 && loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
