/** API tokens of an environment: what opens it to Grafana, and to who writes samples. */
import { call, place } from './call.ts'

/** `read`: the Prometheus API; `write`: remote write. */
export type TokenScope = 'read' | 'write'

export interface NewToken {
  readonly name: string
  readonly scopes: readonly TokenScope[]
}

export interface ApiToken extends NewToken {
  readonly id: string
  readonly createdAtMs: number
  /** Absent before the first time. */
  readonly usedAtMs?: number
}

export async function tokens(environment: string): Promise<readonly ApiToken[]> {
  return (await call<{ tokens: ApiToken[] }>('GET', place(environment, 'tokens'))).tokens
}

/** Answers the token itself: it is told this once. */
export async function createToken(environment: string, token: NewToken): Promise<string> {
  return (await call<{ secret: string }>('POST', place(environment, 'tokens'), token)).secret
}

export async function removeToken(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'tokens', id))
}

/** Where Grafana's Prometheus data source reads an environment of the cloud at `origin`. */
export function dataSourceUrl(origin: string, environment: string): string {
  return `${origin}/prometheus/${encodeURIComponent(environment)}`
}

/** Where Prometheus, vmagent and the like write samples to. */
export function remoteWriteUrl(origin: string, environment: string): string {
  return `${dataSourceUrl(origin, environment)}/api/v1/write`
}
