/** Mutes, as the API tells; matchers and times as people type them. */

import { call, place } from './call.ts'
import type { Alarm } from './cloud.ts'
import { linesOf } from './lists.ts'
import { instantText } from './time.ts'

const OPS = ['=~', '!~', '!=', '='] as const

export interface Matcher {
  readonly name: string
  readonly op: (typeof OPS)[number]
  readonly value: string
}

/** 0 is Sunday; where `to` comes first it is on the next day. */
export interface WeeklyTimes {
  days: number[]
  from: string
  to: string
}

export interface MuteBody {
  readonly matchers: readonly Matcher[]
  readonly fromMs: number
  readonly toMs: number
  readonly weekly: { readonly timeZone: string; readonly times: readonly WeeklyTimes[] } | null
  readonly reason: string
}

export interface Mute extends MuteBody {
  readonly id: string
  readonly author: string
  readonly state: 'waiting' | 'active' | 'pausing' | 'ended'
  readonly endsSoon: boolean
  /** Alarms. */
  readonly muted: number
  readonly mutedAtMs?: number
}

export async function mutes(environment: string): Promise<readonly Mute[]> {
  return (await call<{ mutes: Mute[] }>('GET', place(environment, 'mutes'))).mutes
}

/** Adds a mute, or changes the one of this id. */
export async function saveMute(environment: string, body: MuteBody, id?: string) {
  if (id === undefined) await call('POST', place(environment, 'mutes'), body)
  else await call('PUT', place(environment, 'mutes', id), body)
}

export async function removeMute(environment: string, id: string): Promise<void> {
  await call('DELETE', place(environment, 'mutes', id))
}

// What makes alarms of one kind: who, which interface, or which notify; not the node.
const OF_KIND = ['callee', 'module', 'service', 'interface', 'title']

/** Alarms of the same rule, service and interface or title. */
export function likeAlarm({ rule, labels }: Alarm): Matcher[] {
  const named = OF_KIND.flatMap((name) => ({ name, op: '=' as const, value: labels[name] ?? '' }))
  const whole = [{ name: 'alertname', op: '=' as const, value: rule }, ...named]
  return whole.filter(({ value }) => value !== '')
}

/** `name=value`, quoted where it would be read as something else. */
export function matcherText({ name, op, value }: Matcher): string {
  const isPlain = value === value.trim() && !/["\n]|^~/.test(value)
  return `${name}${op}${isPlain ? value : JSON.stringify(value)}`
}

/** One on each line; what is none the cloud refuses. */
export function matchersOf(text: string): Matcher[] {
  return linesOf(text).map((line) => {
    const [, name = line, op = '=', value = ''] = /^(\w+)\s*(=~|!~|!=|=)\s*(.*)$/s.exec(line) ?? []
    return { name, op: OPS.find((known) => known === op) ?? '=', value: unquoted(value) }
  })
}

function unquoted(value: string): string {
  if (!/^".*"$/s.test(value)) return value
  try {
    return String(JSON.parse(value))
  } catch {
    // Such as "Shop\..*", typed as in a regular expression.
    return value.slice(1, -1)
  }
}

/** As a field of the type `datetime-local` has it: `2026-03-02T10:00`. */
export function localText(atMs: number, timeZone: string): string {
  return instantText(atMs, timeZone).slice(0, 16).replace(' ', 'T')
}

/** When clocks of the zone show it; NaN for what is no time. */
export function instantOf(local: string, timeZone: string): number {
  const wanted = Date.parse(`${local}Z`)
  if (Number.isNaN(wanted)) return wanted
  const offset = (at: number) => Date.parse(`${localText(at, timeZone)}Z`) - at
  // Twice: clocks may change between the guess and the instant.
  const guess = wanted - offset(wanted)
  return wanted - offset(guess)
}
