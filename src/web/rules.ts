/** Rules of an environment. */
import { call, place } from './call.ts'

export type Json = Readonly<Record<string, unknown>>

export type RuleBody =
  | { readonly kind: 'form'; readonly enabled: boolean; readonly form: Json }
  | { readonly kind: 'promql'; readonly enabled: boolean; readonly rule: Json }

export interface Rule {
  readonly name: string
  readonly kind: 'file' | 'uploaded' | 'form' | 'promql'
  readonly expr: string
  readonly severity: string
  readonly forMs: number
  readonly title: string
  readonly titleEn: string
  /** In a sentence; only of rules that say it. */
  readonly when?: string
  readonly whenEn?: string
  /** The name of the threshold it reads, where that can be set. */
  readonly threshold?: string
  readonly state: 'off' | 'inactive' | 'pending' | 'firing'
  readonly alerts: { readonly pending: number; readonly firing: number }
  /** What it compares with, and there is no history of yet. */
  readonly learning: readonly string[]
  readonly lastError?: string
  readonly evaluatedAtMs?: number
  readonly tookMs?: number
  readonly own?: { readonly id: string; readonly body: RuleBody }
}

/** How a rule stands. `never`: it is on, and was not evaluated yet. */
export type RuleStanding = Rule['state'] | 'failed' | 'never'

/** One that could not be evaluated is not well, nor is one of which nothing is known; what fires goes on firing. */
export function standingOf({ state, lastError, evaluatedAtMs }: Rule): RuleStanding {
  if (state !== 'inactive' && state !== 'off') return state
  if (lastError !== undefined) return 'failed'
  return state === 'inactive' && evaluatedAtMs === undefined ? 'never' : state
}

export interface Preview {
  readonly expr: string
  readonly description: string
  readonly descriptionEn: string
  readonly found?: number
  readonly examples?: readonly Readonly<Record<string, string>>[]
  /** Of forms: how many services it is for. */
  readonly services?: number
  /** Such as `$span` → what it stands for at report intervals of 10 s, 1 min and 5 min. */
  readonly variables: Readonly<Record<string, readonly string[]>>
  readonly warnings: readonly string[]
  readonly fault?: string
}

export async function rules(environment: string): Promise<readonly Rule[]> {
  return (await call<{ rules: Rule[] }>('GET', place(environment, 'rules'))).rules
}

/** Adds a rule, or changes the one of this id. */
export async function saveRule(environment: string, body: RuleBody, id?: string): Promise<void> {
  if (id === undefined) await call('POST', place(environment, 'rules'), body)
  else await call('PUT', place(environment, 'rules', id), body)
}

export async function removeRule(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'rules', id))
}

export async function previewRule(environment: string, body: RuleBody): Promise<Preview> {
  const path = place(environment, 'rules', 'preview')
  return (await call<{ preview: Preview }>('POST', path, body)).preview
}
