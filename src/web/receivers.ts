/** Receivers: robots, webhooks, SMS and calls, as the API tells; what each kind of them is asked for. */
import { call, place } from './call.ts'
import type { Language } from './cloud.ts'
import { linesOf, wordsOf } from './lists.ts'

/** How a setting is typed: `robots` and `headers` have one on each line, `pairs` as `name=value`. */
type Typed = 'text' | 'words' | 'robots' | 'headers' | 'pairs' | readonly string[]

/** What each kind is asked for, in this order; a setting of `robots` names the parts of a line. */
export const SETTINGS = {
  dingtalk: {
    ...{ robots: 'robots', keyword: 'text', at_mobiles: 'words', at_user_ids: 'words' },
    at_all: ['false', 'true'],
  },
  wecom: {
    ...{ robots: 'robots', at_mobiles: 'words', at_user_ids: 'words', at_all: ['false', 'true'] },
  },
  feishu: {
    ...{ region: ['feishu', 'lark'], robots: 'robots', keyword: 'text', at_user_ids: 'words' },
    at_all: ['false', 'true'],
  },
  webhook: { url: 'text', signing_secret: 'text', headers: 'headers' },
  'aliyun-sms': {
    ...{ access_key_id: 'text', access_key_secret: 'text', sign_name: 'text' },
    ...{ template_code: 'text', variables: 'pairs', phones: 'words' },
  },
  'aliyun-voice': {
    ...{ access_key_id: 'text', access_key_secret: 'text', template_code: 'text' },
    ...{ variables: 'pairs', phone: 'text', show_number: 'text', play_times: ['1', '2', '3'] },
  },
} as const satisfies Record<string, Readonly<Record<string, Typed>>>

export type ReceiverKind = keyof typeof SETTINGS

export const KINDS = Object.keys(SETTINGS) as readonly ReceiverKind[]

/** What a line of robots holds. */
const ROBOTS: Partial<Record<ReceiverKind, readonly [string, ...string[]]>> = {
  dingtalk: ['access_token', 'secret'],
  wecom: ['key'],
  feishu: ['hook', 'secret'],
}

const STARTS: Readonly<Record<string, string>> = {
  ...{ at_all: 'false', region: 'feishu', play_times: '2' },
  variables: 'service=service\ntitle=title\nlevel=level\ntime=time',
}

type Json = Readonly<Record<string, unknown>>

export interface ReceiverBody {
  readonly kind: ReceiverKind
  readonly name: string
  readonly language: Language
  readonly timeZone: string
  /** Secrets in them are masked, and stay where the mask comes back. */
  readonly settings: Json
}

export interface Receiver extends ReceiverBody {
  readonly id: string
  readonly disabled?: { readonly atMs: number; readonly why: string }
}

export interface SentTest {
  readonly taken: boolean
  readonly dialogue: readonly string[]
}

export async function receivers(environment: string): Promise<readonly Receiver[]> {
  return (await call<{ receivers: Receiver[] }>('GET', place(environment, 'receivers'))).receivers
}

/** Adds a receiver, or changes the one of this id. */
export async function saveReceiver(environment: string, body: ReceiverBody, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'receivers'), body)
  else await call('PUT', place(environment, 'receivers', id), body)
}

export async function removeReceiver(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'receivers', id))
}

/** Takes up to a minute. */
export async function testReceiver(environment: string, id: string): Promise<SentTest> {
  const path = place(environment, 'receivers', id, 'test')
  return (await call<{ test: SentTest }>('POST', path)).test
}

export const settingsOf = (kind: ReceiverKind): [name: string, typed: Typed][] =>
  Object.entries(SETTINGS[kind])

/** Settings as they are typed. */
export function settingTexts(kind: ReceiverKind, settings: Json = {}): Record<string, string> {
  return Object.fromEntries(
    settingsOf(kind).map(([name, typed]) => {
      const value = settings[name]
      return [name, value === undefined ? (STARTS[name] ?? '') : textOf(value, typed)]
    }),
  )
}

function textOf(value: unknown, typed: Typed): string {
  const json = Object(value) as Json
  if (typed === 'words') return Object.values(json).join(' ')
  const between = { robots: ' ', headers: ': ', pairs: '=' }[String(typed)]
  if (between === undefined) return String(value)
  const entries = Object.entries(json)
  if (typed !== 'robots') return entries.map((entry) => entry.join(between)).join('\n')
  return entries.map(([, robot]) => Object.values(robot as Json).join(between)).join('\n')
}

/** What is left empty is not set. */
export function settingsFrom(kind: ReceiverKind, texts: Readonly<Record<string, string>>): Json {
  const all = settingsOf(kind).flatMap(([name, typed]): [string, unknown][] => {
    const text = (texts[name] ?? '').trim()
    return text === '' ? [] : [[name, settingFrom(kind, text, typed)]]
  })
  return Object.fromEntries(all)
}

function settingFrom(kind: ReceiverKind, text: string, typed: Typed): unknown {
  if (typed === 'words') return wordsOf(text)
  if (typed === 'robots') return linesOf(text).map((line) => robotOf(kind, line))
  if (typed === 'headers') return Object.fromEntries(linesOf(text).map((one) => pair(one, /[:：]/)))
  if (typed === 'pairs') return Object.fromEntries(linesOf(text).map((one) => pair(one, /=/)))
  if (text === 'true' || text === 'false') return text === 'true'
  return Array.isArray(typed) && /^\d$/.test(text) ? Number(text) : text
}

function robotOf(kind: ReceiverKind, line: string): Json {
  const words = line.split(/\s+/)
  const names = ROBOTS[kind] ?? []
  // A word too many is one the cloud refuses.
  return Object.fromEntries(words.map((word, at) => [names[at] ?? `more${at}`, word]))
}

function pair(line: string, between: RegExp): [string, string] {
  const at = line.search(between)
  return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}
