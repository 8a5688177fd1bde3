/** The cloud's API as the pages use it; its OpenAPI document is at `/api/openapi.json`. */
import type { Handling } from './acts.ts'
import type { Agent } from './agents.ts'
import { CloudError, call, place, userName } from './call.ts'

export type FrameworkType = 'TARSFramework' | 'K8SFramework'
export type Language = 'zh' | 'en'
export type AlarmState = 'pending' | 'firing' | 'resolved'
export type DeliveryState = 'waiting' | 'sending' | 'sent' | 'failed'

/** `defaultDays`: what counts without a setting. */
export interface Days {
  readonly days: number
  readonly isDefault: boolean
  readonly defaultDays: number
}

export interface Retention {
  readonly raw: Days
  readonly hourly: Days
}

export interface Environment {
  readonly id: string
  readonly name: string
  readonly framework: FrameworkType
  readonly envKey: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly retention: Retention
  readonly agents: readonly Agent[]
}

export interface ContactFields {
  name: string
  email: string
  language: Language
  timeZone: string
  phone?: string
  dingtalk?: string
  wecom?: string
  feishu?: string
}

export interface Contact extends Readonly<ContactFields> {
  readonly id: string
  /** Its owner has not confirmed the address yet. */
  readonly unverifiedSinceMs?: number
  /** Mail servers say that the address is not there. */
  readonly disabled?: { readonly atMs: number; readonly why: string }
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
  /** Absent: nobody looks after it. */
  readonly handling?: Handling
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

/** Text with instants in it, unix ms. */
export type StoryLine = readonly (string | number)[]

/** What is known of why an alarm is there. */
export interface Story {
  readonly zh: readonly StoryLine[]
  readonly en: readonly StoryLine[]
  /** The alarm that tells of the same cause. */
  readonly into?: {
    readonly alert: string
    readonly service: string
    readonly title: string
    readonly titleEn: string
  }
}

export interface AlarmDetail {
  readonly alarm: Alarm
  readonly story?: Story
  /** Its cause is looked for: it is told by then. */
  readonly waitsUntilMs?: number
  readonly events: readonly AlarmEvent[]
  readonly deliveries: readonly Delivery[]
}

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

/** `language`: of what it begins with. */
export async function createEnvironment(body: {
  readonly name: string
  readonly framework: FrameworkType
  readonly language: 'zh' | 'en'
}): Promise<Environment> {
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
export async function saveContact(
  environment: string,
  fields: ContactFields,
  id?: string,
): Promise<Contact> {
  const saved = await (id === undefined
    ? call<{ contact: Contact }>('POST', place(environment, 'contacts'), fields)
    : call<{ contact: Contact }>('PUT', place(environment, 'contacts', id), fields))
  return saved.contact
}

/** Asks the owner of its address once more; where none is asked a disabled one is tried again. */
export async function verifyContact(environment: string, id: string): Promise<Contact> {
  const path = place(environment, 'contacts', id, 'verify')
  return (await call<{ contact: Contact }>('POST', path)).contact
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
  query: {
    state?: string
    unacknowledged?: 'true'
    drills?: string
    level?: string
    search?: string
    before?: string
  },
): Promise<AlarmPage> {
  const search = new URLSearchParams({ limit: '50', ...query })
  return call('GET', `${place(environment, 'alarms')}?${search}`)
}

export function alarm(environment: string, id: string): Promise<AlarmDetail> {
  return call('GET', place(environment, 'alarms', id))
}
