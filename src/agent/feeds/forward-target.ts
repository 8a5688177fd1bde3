/** Where to pass on what arrives. Pure. */
import { type Endpoint, parseEndpoint } from '../../tars/endpoint.ts'
import type { ForwardMode } from './forward.ts'

export interface TargetQuestion {
  readonly mode: ForwardMode
  /** The object that the TARS config names for it: ours when a template sends servers to us. */
  readonly named: string | undefined
  /** The framework's own: `tars.tarsstat.StatObj`. */
  readonly standard: string
  /** Ours: `Alarm.AgentServer`. */
  readonly server: string
  /** Where we listen. */
  readonly listening: readonly Endpoint[]
  readonly hasLocator: boolean
}

export type Target =
  | { readonly state: 'on'; readonly object: string }
  | { readonly state: 'off'; readonly why: 'config' | 'no-locator' | 'loop' | 'bad-target' }

export function targetOf(question: TargetQuestion): Target {
  const { mode, named, standard, hasLocator } = question
  if (mode === 'off') return { state: 'off', why: 'config' }
  const object = named === undefined || isOurs(named, question) ? standard : named
  if (isOurs(object, question)) return { state: 'off', why: 'loop' }
  if (!hasLocator && !object.includes('@')) return { state: 'off', why: 'no-locator' }
  return { state: 'on', object }
}

/** By name, or by one of its addresses. */
function isOurs(object: string, { server, listening }: TargetQuestion): boolean {
  const [name = '', addresses = ''] = object.split('@')
  if (name.trim().startsWith(`${server}.`)) return true
  return addresses.split(':').some((text) => {
    const address = endpointOf(text)
    return listening.some(({ transport, host, port }) => {
      const hosts = host === '0.0.0.0' ? ['127.0.0.1', 'localhost'] : [host]
      if (address?.transport !== transport || address.port !== port) return false
      return hosts.includes(address.host)
    })
  })
}

function endpointOf(text: string): Endpoint | undefined {
  try {
    return parseEndpoint(text)
  } catch {
    return undefined
  }
}
