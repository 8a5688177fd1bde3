/** What a request says it is: by its headers, before its body is read. */
import type { IncomingHttpHeaders } from 'node:http'
import type { Version } from './series-reader.ts'

const MESSAGES: Readonly<Record<string, Version>> = {
  'prometheus.WriteRequest': 1,
  'io.prometheus.write.v2.Request': 2,
}

const WANTED =
  'send application/x-protobuf, with proto=prometheus.WriteRequest or ' +
  'proto=io.prometheus.write.v2.Request when it says so, and Content-Encoding: snappy'

/** The version of the message, or why it is not known here. */
export function versionOf(headers: IncomingHttpHeaders): Version | string {
  const type = headers['content-type'] ?? ''
  const encoding = headers['content-encoding'] ?? ''
  const version = messageOf(type)
  if (version === undefined) return `Content-Type '${type}' is not known: ${WANTED}`
  if (encoding.trim().toLowerCase() !== 'snappy') {
    return `Content-Encoding '${encoding}' is not known: ${WANTED}`
  }
  // Senders of 1.0 may leave it out.
  const said = String(headers['x-prometheus-remote-write-version'] ?? '').trim()
  if (said === '' || fits(said, version)) return version
  return `X-Prometheus-Remote-Write-Version '${said}' is not that of Content-Type '${type}'`
}

function messageOf(contentType: string): Version | undefined {
  const [media = '', ...parameters] = contentType.split(';').map((part) => part.trim())
  if (media.toLowerCase() !== 'application/x-protobuf') return undefined
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2).map((part) => part.trim())
    if (name.toLowerCase() !== 'proto') continue
    const message = value.replace(/^"|"$/g, '')
    return Object.hasOwn(MESSAGES, message) ? MESSAGES[message] : undefined
  }
  return 1
}

/** 0.1.0 is what senders of 1.0 say. */
function fits(said: string, version: Version): boolean {
  return (version === 1 ? /^[01]\.\d+(\.\d+)?$/ : /^2\.\d+(\.\d+)?/).test(said)
}
