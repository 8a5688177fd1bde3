/** Packets of a real framework: `test/fixtures/captures`, with their decoded form in `index.json`. */
import { readFileSync } from 'node:fs'

const FOLDER = 'test/fixtures/captures'

export interface Captured {
  readonly file: string
  readonly path: string
  readonly packet: Buffer
  readonly kind: 'request' | 'response'
  readonly header: Readonly<Record<string, unknown>>
  /** Only of requests. Optional fields that were absent are not there. */
  readonly decoded: unknown
  /** Only of responses: the result by tags. */
  readonly body_tags?: Readonly<Record<string, unknown>>
}

export const captured: readonly Captured[] = (
  JSON.parse(readFileSync(`${FOLDER}/index.json`, 'utf8')) as Captured[]
).map((entry) => ({ ...entry, path: `${FOLDER}/${entry.file}`, packet: packetOf(entry.file) }))

export const requests = captured.filter(({ kind }) => kind === 'request')
export const responses = captured.filter(({ kind }) => kind === 'response')

export function packetOf(file: string): Buffer {
  return readFileSync(`${FOLDER}/${file}`)
}

export function requestsOf(functionName: string): Captured[] {
  return requests.filter(({ header }) => header.sFuncName === functionName)
}

/** Values of optional fields by function, where the capture leaves them out. */
const HEAD_DEFAULTS: Readonly<Record<string, object>> = {
  reportMicMsg: { slaveSetName: '', slaveSetArea: '', slaveSetID: '', tarsVersion: '' },
  reportPropMsg: { setName: '', setArea: '', setID: '', sContainer: '', iPropertyVer: 1 },
  reportNotifyInfo: { sThreadId: '', eLevel: 0, sNodeName: '' },
}

/** The decoded form of a request in `index.json`, with the defaults filled in. */
export function expectedOf({ header, decoded }: Captured): unknown {
  const defaults = HEAD_DEFAULTS[String(header.sFuncName)] ?? {}
  const known = decoded as Record<string, unknown>
  if ('info' in known) return { info: { ...defaults, ...(known.info as object) } }
  return Object.fromEntries(
    Object.entries(known).map(([name, value]) => [name, isMap(name) ? filled(value) : value]),
  )

  function filled(pairs: unknown): unknown {
    return (pairs as [object, unknown][]).map(([head, body]) => [{ ...defaults, ...head }, body])
  }
}

function isMap(name: string): boolean {
  return name === 'msg' || name === 'statmsg'
}
