import { Failure, messageOf } from '../support/failure.ts'
import type { TarsConfig } from './config.ts'
import { type Endpoint, parseEndpoint } from './endpoint.ts'

/** Connections an adapter takes when its config does not say (`maxconns`). */
export const MAX_CONNECTIONS = 1_024

/** One address to listen on, and who is served there. */
export interface AdapterPlan {
  /** `Alarm.AgentServer.StatObjAdapter`. */
  readonly name: string
  readonly endpoint: Endpoint
  /** Names of the servants that share it, usually one: `Alarm.AgentServer.StatObj`. */
  readonly servants: readonly string[]
  readonly maxConnections: number
}

/** The config of the server is readable, but not fit to serve by. */
export class AdapterError extends Failure<'malformed'> {}

/**
 * The adapters of a TARS server's config (the file named by TARS_CONFIG): the sections of
 * `/tars/application/server` with `protocol=tars`. Several servants may share one: `servant=A.B.C,A.B.D`.
 * @throws {AdapterError}
 */
export function adaptersOf(config: TarsConfig): AdapterPlan[] {
  const server = config.section('/tars/application/server')
  if (!server) throw new AdapterError('malformed', 'the config has no /tars/application/server')
  return [...server.sections]
    .filter(([, { values }]) => values.get('protocol') === 'tars')
    .map(([name, { values }]) => adapterOf(name, values))
}

function adapterOf(name: string, values: ReadonlyMap<string, string>): AdapterPlan {
  const maxConnections = values.get('maxconns') || `${MAX_CONNECTIONS}`
  if (!/^[1-9]\d{0,8}$/.test(maxConnections)) {
    throw new AdapterError('malformed', `<${name}>: maxconns is '${maxConnections}', not a count`)
  }
  const servants = (values.get('servant') ?? '').split(',').flatMap((word) => word.trim() || [])
  if (servants.length === 0) throw new AdapterError('malformed', `<${name}>: no servant=`)
  try {
    const endpoint = parseEndpoint(values.get('endpoint') ?? '')
    return { name, endpoint, servants, maxConnections: Number(maxConnections) }
  } catch (error) {
    throw new AdapterError('malformed', `<${name}>: ${messageOf(error)}`, { cause: error })
  }
}
