/** API tokens of an environment: what opens it to Grafana. */
import { call, place } from './call.ts'

export interface ApiToken {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  /** Absent before the first time. */
  readonly usedAtMs?: number
}

export async function tokens(environment: string): Promise<readonly ApiToken[]> {
  return (await call<{ tokens: ApiToken[] }>('GET', place(environment, 'tokens'))).tokens
}

/** Answers the token itself: it is told this once. */
export async function createToken(environment: string, name: string): Promise<string> {
  return (await call<{ secret: string }>('POST', place(environment, 'tokens'), { name })).secret
}

export async function removeToken(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'tokens', id))
}

/** Where Grafana's Prometheus data source reads an environment of the cloud at `origin`. */
export function dataSourceUrl(origin: string, environment: string): string {
  return `${origin}/prometheus/${encodeURIComponent(environment)}`
}
