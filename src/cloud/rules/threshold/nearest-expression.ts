/** Thresholds that people set as PromQL, each place with its nearest: what `tars_threshold` would be. Pure. */
import { formatMatcher, type Matcher } from '../../../promql/index.ts'
import type { PlaceOfThreshold as Place, Threshold } from '../../baselines/threshold.ts'
import { narrowed } from './narrowed.ts'

const NOTHING = '(vector(0) > 0)'
/** The nearest first. */
const LEVELS = ['interface', 'server', 'app', 'global'] as const

/** Of one rule, within `place`; by interface, or of whole servers. */
export function nearestExpression(
  thresholds: readonly Threshold[],
  place: Place,
  of: 'interface' | 'server',
): string {
  const labels = of === 'interface' ? 'callee, interface' : 'callee'
  const levels = of === 'interface' ? LEVELS : LEVELS.slice(1)
  const parts = levels.flatMap((level) =>
    thresholds
      .filter((each) => each.level === level && isWithin(each, place))
      .map((each) => {
        const narrower = LEVELS.indexOf(each.level) < LEVELS.indexOf(place.level) ? each : place
        return `${each.value} * group by (${labels}) (${calledAt(narrower, '15m')})`
      }),
  )
  return parts.length === 0 ? NOTHING : `(${parts.join(' or ')})`
}

/** What of an expression with the label `callee` is within the place, read no wider than need be. */
export function within(expr: string, place: Place): string {
  const callee = calleeMatcher(place)
  if (!callee) return expr
  const labels = place.level === 'interface' ? 'callee, interface' : 'callee'
  return `(${narrowed(expr, callee)}) and on (${labels}) group by (${labels}) (${calledAt(place, '1h')})`
}

/** A threshold that can hold within the place. */
function isWithin(threshold: Threshold, place: Place): boolean {
  if (threshold.level === 'global' || place.level === 'global') return true
  if (appOf(threshold) !== appOf(place)) return false
  if (threshold.level === 'app' || place.level === 'app') return true
  if (threshold.server !== place.server) return false
  if (threshold.level === 'server' || place.level === 'server') return true
  return threshold.interface === place.interface
}

function appOf(place: Exclude<Place, { readonly level: 'global' }>): string {
  return place.level === 'app' ? place.app : place.server.slice(0, place.server.indexOf('.'))
}

function calledAt(place: Place, range: string): string {
  const matchers = [...matchersOf(place), { name: 'span', op: '!=', value: '1h' } as const]
  return `sum_over_time(tars_calls{${matchers.map(formatMatcher).join(', ')}}[${range}])`
}

/** Of the label `callee`; undefined: all. */
function calleeMatcher(place: Place): Matcher | undefined {
  if (place.level === 'global') return undefined
  if (place.level === 'app') {
    const app = place.app.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
    return { name: 'callee', op: '=~', value: `${app}\\..+` }
  }
  return { name: 'callee', op: '=', value: place.server }
}

function matchersOf(place: Place): Matcher[] {
  const callee = calleeMatcher(place)
  return [
    ...(callee ? [callee] : []),
    ...(place.level === 'interface'
      ? [{ name: 'interface', op: '=', value: place.interface } as const]
      : []),
  ]
}
