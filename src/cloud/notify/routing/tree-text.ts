/** A tree of routes as text, for one that was imported. */
import { stringify } from 'yaml'
import { formatDurationMs } from '../../../support/duration.ts'
import type { LabelMatcher } from '../mute.ts'
import { matcherText } from './matcher-text.ts'
import type { Route, RouteTree } from './route-tree.ts'
import type { Range, TimeInterval } from './time-interval.ts'

/** By the name of the receiver: names of whom it stands for. */
export interface NamedTargets {
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  readonly channels: readonly string[]
}

/** `parseRouteTree` reads it as the same tree again. */
export function treeText(
  { route, timeIntervals, inhibitRules }: Omit<RouteTree, 'receivers'>,
  receivers: Readonly<Record<string, NamedTargets>>,
): string {
  const file = {
    route: routeFields(route),
    inhibit_rules: inhibitRules.map(({ sourceMatchers, targetMatchers, equal }) => ({
      source_matchers: texts(sourceMatchers),
      target_matchers: texts(targetMatchers),
      ...some({ equal }),
    })),
    time_intervals: Object.entries(timeIntervals).map(([name, intervals]) => ({
      ...{ name, time_intervals: intervals.map(intervalFields) },
    })),
    receivers: Object.entries(receivers).map(([name, targets]) => ({ name, ...some(targets) })),
  }
  return stringify(some(file), { lineWidth: 0 })
}

function routeFields(route: Route): object {
  const { receiver, groupBy, routes, muteTimeIntervals, activeTimeIntervals } = route
  const duration = (ms: number | undefined) => (ms === undefined ? undefined : formatDurationMs(ms))
  return {
    ...(receiver && { receiver }),
    ...some({ matchers: texts(route.matchers) }),
    ...(groupBy && { group_by: groupBy === 'all' ? ['...'] : groupBy }),
    ...some({
      group_wait: duration(route.groupWaitMs),
      group_interval: duration(route.groupIntervalMs),
      repeat_interval: duration(route.repeatIntervalMs),
      mute_time_intervals: muteTimeIntervals,
      active_time_intervals: activeTimeIntervals,
    }),
    ...(route.continue && { continue: true }),
    ...some({ routes: routes.map(routeFields) }),
  }
}

function intervalFields(interval: TimeInterval): object {
  const { times, weekdays, daysOfMonth, months, years, timeZone } = interval
  const ranges = (list: readonly Range[] | undefined, names?: readonly string[]) =>
    list?.map(({ from, to }) => {
      const [first, last] = [names?.[from] ?? from, names?.[to] ?? to]
      return from === to ? String(first) : `${first}:${last}`
    })
  const fields = {
    times: times?.map(({ from, to }) => ({ start_time: from, end_time: to })),
    ...{ weekdays: ranges(weekdays, WEEKDAYS), days_of_month: ranges(daysOfMonth) },
    ...{ months: ranges(months), years: ranges(years), location: timeZone },
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']

function texts(matchers: readonly LabelMatcher[]): string[] {
  return matchers.map(matcherText)
}

/** What is said: without absent values and empty lists. */
function some(fields: object): object {
  const isSaid = (value: unknown) => value !== undefined && !(Array.isArray(value) && !value.length)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSaid(value)))
}
