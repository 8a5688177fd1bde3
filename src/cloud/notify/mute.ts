/** Mutes (屏蔽配置): alarms that nobody is told of for a time. */
import type { Labels } from '../../model/labels.ts'
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import { GoRegexp } from '../../support/go-regexp.ts'
import type { Alert } from '../alerts/alert.ts'
import { type CivilDay, weekdayOf } from '../calendar/civil-day.ts'
import { type DayTimes, isWithin, nextChange, zoneOf } from './day-times.ts'

export const MATCH_OPS = ['=', '!=', '=~', '!~'] as const

/** As Alertmanager's: regular expressions match all of the value, a missing label is an empty one. */
export interface LabelMatcher {
  readonly name: string
  readonly op: (typeof MATCH_OPS)[number]
  readonly value: string
}

/** In hours of the week. */
export interface WeeklyTimes {
  /** IANA name. */
  readonly timeZone: string
  /** 0 is Sunday. */
  readonly times: readonly (DayTimes & { readonly days: readonly number[] })[]
}

export interface Mute {
  readonly id: string
  readonly environment: string
  /** All of them match. */
  readonly matchers: readonly LabelMatcher[]
  readonly from: UnixMs
  /** Until before. */
  readonly to: UnixMs
  /** Absent: all the time between. */
  readonly weekly?: WeeklyTimes
  readonly reason: string
  /** Name of the user who made it. */
  readonly author: string
  readonly createdAt: UnixMs
}

/** When a mute that holds at `at` ends, or pauses until its next hours; undefined: it does not hold. */
export function holdsUntil({ from, to, weekly }: Mute, at: UnixMs): UnixMs | undefined {
  if (at < from || at >= to) return undefined
  if (!weekly) return to
  const zone = zoneOf(weekly.timeZone)
  const times = weekly.times.map((each) => ({
    ...each,
    isOn: (day: CivilDay) => each.days.includes(weekdayOf(day)),
  }))
  const holds = (instant: UnixMs) => isWithin(zone, instant, times)
  if (!holds(at)) return undefined
  const pause = nextChange(zone, at, times, (instant) => !holds(instant))
  return Math.min(to, pause ?? to)
}

/** What of an alert matters here. */
export type Mutable = Pick<Alert, 'labels' | 'rule' | 'severity'>

/** Labels of the alert, and `severity`, `service` and `app` whether or not it has them. */
export function mutes(mute: Mute, alert: Mutable): boolean {
  const labels = labelsOf(alert)
  return compiled(mute).every((matches) => matches(labels))
}

/** Its labels, and `severity`, `service` and `app` whether or not it has them. */
export function labelsOf({ labels, rule, severity }: Mutable): Labels {
  const service = serviceOf(labels)
  const app = service.split('.', 1)[0] ?? ''
  return { service, app, ...labels, alertname: rule, severity }
}

export type Test = (labels: Labels) => boolean

const tests = new WeakMap<Mute, readonly Test[]>()

function compiled(mute: Mute): readonly Test[] {
  const known = tests.get(mute) ?? mute.matchers.map(testOf)
  tests.set(mute, known)
  return known
}

/** @throws {RegexpError} */
export function testOf({ name, op, value }: LabelMatcher): Test {
  const wanted = op === '=' || op === '=~'
  if (op === '=' || op === '!=') return (labels) => (labelValue(labels, name) === value) === wanted
  const pattern = GoRegexp.matcher(value)
  return (labels) => pattern.testWhole(labelValue(labels, name)) === wanted
}

/** '' of a missing label, also where all objects have something of that name, as `constructor`. */
export function labelValue(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''
}

/** What is wrong with each matcher, by its place; '' of those that are right. */
export function faultsOf(matchers: readonly LabelMatcher[]): string[] {
  return matchers.map((matcher) => {
    try {
      testOf(matcher)
      return ''
    } catch (error) {
      return messageOf(error)
    }
  })
}

/** Whether they match what has no labels at all, so everything there is may be muted by mistake. */
export function matchNothing(matchers: readonly LabelMatcher[]): boolean {
  return matchers.every((matcher) => testOf(matcher)({}))
}
