/** The cloud's API as the pages use it; its OpenAPI document is at `/api/openapi.json`. */
import { ref } from 'vue'

export type FrameworkType = 'TARSFramework' | 'K8SFramework'
export type Language = 'zh' | 'en'
export type AlarmState = 'pending' | 'firing' | 'resolved'
export type DeliveryState = 'waiting' | 'sending' | 'sent' | 'failed'

export interface Agent {
  readonly agent: string
  readonly host: string
  readonly version: string
  readonly address: string
  readonly startedAtMs: number
  readonly seenAtMs: number
  readonly state: 'ok' | 'behind' | 'silent'
  readonly trouble?: 'silent' | 'trouble' | 'lag' | 'feeds' | 'feed' | 'skew'
}

export interface AgentFeed {
  readonly feed: 'subscribe' | 'query' | 'database' | 'registry'
  readonly state: 'ok' | 'behind' | 'off'
  readonly why: string
  readonly reachedMs?: number
  readonly records: number
}

export interface AgentDetail extends Agent {
  /** In its newest heartbeat. */
  readonly told?: {
    readonly toldAtMs: number
    readonly polls: boolean
    readonly feeds: readonly AgentFeed[]
    readonly lagMs: number
    readonly queuedBytes: number
    readonly queuedBatches: number
    readonly dropped: number
    readonly folded: number
    /** Of one core. */
    readonly cpuShare: number
    readonly rssBytes: number
    readonly skewMs?: number
    readonly trouble: string
  }
  /** While it runs the polling feeds. */
  readonly lease?: { readonly term: number }
}

/** Who reports, and which feed counts. */
export interface Reporter {
  readonly kind: 'client' | 'server' | 'property'
  readonly module: string
  readonly ip: string
  readonly feed: 'subscribe' | 'polled'
  readonly sinceMs: number
  readonly heardAtMs: number
}

export interface ReporterList {
  readonly reporters: readonly Reporter[]
  /** How many more there are. */
  readonly leftOut: number
}

export interface Environment {
  readonly id: string
  readonly name: string
  readonly framework: FrameworkType
  readonly envKey: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly agents: readonly Agent[]
}

export interface ContactFields {
  name: string
  email: string
  language: Language
  timeZone: string
}

export interface Contact extends Readonly<ContactFields> {
  readonly id: string
}

export interface Told {
  readonly name: string
  readonly to: string
  readonly state: DeliveryState
}

export interface Alarm {
  readonly id: string
  readonly rule: string
  readonly service: string
  readonly level: 'ERROR' | 'WARN' | 'INFO'
  readonly state: AlarmState
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly value: number | null
  readonly activeAtMs: number
  readonly firedAtMs?: number
  readonly clearedAtMs?: number
  readonly resolvedAtMs?: number
  readonly told: readonly Told[]
}

export interface AlarmEvent {
  readonly atMs: number
  readonly level: string
  readonly kind: string
  readonly node: string
  readonly text: string
}

export interface Delivery extends Told {
  readonly id: string
  readonly subject: string
  readonly attempts: number
  readonly plannedAtMs: number
  readonly dueAtMs?: number
  readonly sentAtMs?: number
  readonly answer?: string
  readonly maybeRepeated: boolean
}

export interface AlarmDetail {
  readonly alarm: Alarm
  readonly events: readonly AlarmEvent[]
  readonly deliveries: readonly Delivery[]
}

/** `reason` is the API's, or `unreachable`. */
export class CloudError extends Error {
  readonly reason: string
  readonly fields: readonly { readonly field: string; readonly expected: string }[]
  readonly retryAfterS: number

  constructor(reason: string, message: string, detail: Partial<CloudError> = {}) {
    super(message)
    this.reason = reason
    this.fields = detail.fields ?? []
    this.retryAfterS = detail.retryAfterS ?? 0
  }
}

/** The cloud's time as of its newest answer: ages are counted by it, not by this machine's clock. */
export const cloudNowMs = ref(Date.now())

/** The name of who is logged in. */
export const userName = ref<string>()

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What every answer may hold. */
interface Reply {
  readonly serverTimeMs?: number
  readonly error?: {
    readonly reason?: string
    readonly message?: string
    readonly fields?: CloudError['fields']
  }
}

async function call<Answer>(method: Method, path: string, body?: unknown): Promise<Answer> {
  const headers: Record<string, string> = { 'X-Requested-With': 'tars-alarm' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const request = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const response = await fetch(`api/v1${path}`, request).catch(unreachable)
  const answer = (await response.json().catch(unreachable)) as Reply
  if (typeof answer.serverTimeMs === 'number') cloudNowMs.value = answer.serverTimeMs
  if (response.ok) return answer as Answer
  const { reason = 'internal', message = '', fields = [] } = answer.error ?? {}
  if (reason === 'no-session') userName.value = undefined
  const retryAfterS = Number(response.headers.get('retry-after') ?? 0)
  throw new CloudError(reason, message, { fields, retryAfterS })
}

function unreachable(cause: unknown): never {
  throw new CloudError('unreachable', String(cause))
}

const place = (...parts: string[]) => `/environments/${parts.map(encodeURIComponent).join('/')}`

export async function login(name: string, password: string): Promise<void> {
  const { user } = await call<{ user: { name: string } }>('POST', '/login', { name, password })
  userName.value = user.name
}

export async function logout(): Promise<void> {
  await call('POST', '/logout')
  userName.value = undefined
}

/** Whether the browser still has a session. */
export async function resumeSession(): Promise<boolean> {
  try {
    const { user } = await call<{ user: { name: string } }>('GET', '/session')
    userName.value = user.name
    return true
  } catch (error) {
    if (error instanceof CloudError && error.reason === 'no-session') return false
    throw error
  }
}

export async function environments(): Promise<readonly Environment[]> {
  const answer = await call<{ environments: Environment[] }>('GET', '/environments')
  return answer.environments
}

export async function environment(id: string): Promise<Environment> {
  return (await call<{ environment: Environment }>('GET', place(id))).environment
}

export async function agents(environment: string): Promise<readonly AgentDetail[]> {
  return (await call<{ agents: AgentDetail[] }>('GET', place(environment, 'agents'))).agents
}

export async function agent(environment: string, id: string): Promise<AgentDetail> {
  return (await call<{ agent: AgentDetail }>('GET', place(environment, 'agents', id))).agent
}

/** `text` is part of a service or an address. */
export function reporters(environment: string, text: string): Promise<ReporterList> {
  return call('GET', `${place(environment, 'reporters')}?${new URLSearchParams({ text })}`)
}

export async function createEnvironment(
  name: string,
  framework: FrameworkType,
): Promise<Environment> {
  const body = { name, framework }
  return (await call<{ environment: Environment }>('POST', '/environments', body)).environment
}

export async function rotateKey(id: string): Promise<Environment> {
  const path = `${place(id)}/rotate-key`
  return (await call<{ environment: Environment }>('POST', path)).environment
}

/** `name` confirms which one is meant. */
export async function removeEnvironment(id: string, name: string): Promise<void> {
  await call('DELETE', `${place(id)}?name=${encodeURIComponent(name)}`)
}

export async function contacts(environment: string): Promise<readonly Contact[]> {
  return (await call<{ contacts: Contact[] }>('GET', place(environment, 'contacts'))).contacts
}

/** Adds a contact, or changes the one of this id. */
export async function saveContact(environment: string, fields: ContactFields, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'contacts'), fields)
  else await call('PUT', place(environment, 'contacts', id), fields)
}

export async function removeContact(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'contacts', id))
}

export interface AlarmPage {
  readonly alarms: readonly Alarm[]
  /** `before` of the next page, absent on the last. */
  readonly next?: number
}

export function alarms(
  environment: string,
  query: { state?: string; before?: string },
): Promise<AlarmPage> {
  const search = new URLSearchParams({ limit: '50', ...query })
  return call('GET', `${place(environment, 'alarms')}?${search}`)
}

export function alarm(environment: string, id: string): Promise<AlarmDetail> {
  return call('GET', place(environment, 'alarms', id))
}
