/** What went wrong on the way to the cloud, in words that say what to do. Short, without secrets. */
import { errors } from 'undici'
import { messageOf } from '../../support/failure.ts'

const TRUST = 'name the PEM file of its authority in ca_file'
const CLOCK = 'check its certificate, and the clock of this machine'

/** By the codes of Node.js and OpenSSL. */
const WORDS: Record<string, string> = {
  CERT_HAS_EXPIRED: `the certificate of the cloud has expired: ${CLOCK}`,
  CERT_NOT_YET_VALID: `the certificate of the cloud is not valid yet: ${CLOCK}`,
  CERT_REVOKED: 'the certificate of the cloud was revoked',
  DEPTH_ZERO_SELF_SIGNED_CERT: `the certificate of the cloud signed itself: ${TRUST}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the cloud's authority is not trusted here: ${TRUST}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the cloud's authority is not trusted here: ${TRUST}`,
  UNABLE_TO_GET_ISSUER_CERT: `the cloud's authority is not trusted here: ${TRUST}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the cloud's authority is not trusted here: ${TRUST}`,
  ERR_SSL_WRONG_VERSION_NUMBER:
    'what listens there speaks no TLS: is cloud_url http, or a port wrong?',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'what listens there speaks no TLS: is cloud_url http, or a port wrong?',
  ENOTFOUND: 'no such host: check the name in cloud_url, and DNS',
  EAI_AGAIN: 'DNS does not answer',
}

/** `proxy` is `host:port` when all goes through one. */
export function transportError(error: unknown, proxy: string | undefined): string {
  const words = wordsOf(error)
  if (proxy === undefined) return words
  const status = /Proxy response \((\d+)\)|Required \((407)\)/.exec(messageOf(error))
  if (status) return refusedBy(proxy, status[1] ?? status[2] ?? '')
  return `by proxy ${proxy}: ${words}`
}

function refusedBy(proxy: string, status: string): string {
  return status === '407'
    ? `proxy ${proxy} wants another user and password (407): check http_proxy`
    : `proxy ${proxy} did not connect to the cloud (${status})`
}

function wordsOf(error: unknown): string {
  if (error instanceof errors.HeadersTimeoutError) return 'no answer in time'
  if (error instanceof errors.BodyTimeoutError) return 'no answer in time'
  if (error instanceof errors.ConnectTimeoutError) return 'no connection in time'
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  const { code, cause } = error as NodeJS.ErrnoException
  if (code === undefined) return messageOf(error)
  if (code === 'UND_ERR_PRX_CONN' && cause) return `${code}: ${messageOf(cause)}`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `${code}: the certificate is for another host: ${altnamesOf(error)}`
  }
  return `${code}: ${WORDS[code] ?? plainMessage(error)}`
}

/** As `cloud.example.com is not in DNS:www.example.com`, bounded: it is theirs. */
function altnamesOf(error: unknown): string {
  return messageOf(error)
    .replace(/^.*?altnames: /, '')
    .slice(0, 200)
}

/** Of a host with several addresses the first error says it. */
function plainMessage(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return messageOf(first).split('\n')[0] ?? ''
}
