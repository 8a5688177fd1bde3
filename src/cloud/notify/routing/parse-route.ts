/** `route` and what stands below it. Source: alertmanager `config/config.go` `Route`. */
import type { Node } from 'yaml'
import { formatDurationMs, parseDurationMs } from '../../../support/duration.ts'
import type { Field, Fields, YamlFile } from '../../../support/yaml-file.ts'
import { boundedItems } from './bounded-items.ts'
import { parseMatcherFields } from './parse-matchers.ts'
import type { Route } from './route-tree.ts'

export const ROUTE_FIELDS = [
  ...['receiver', 'group_by', 'group_wait', 'group_interval', 'repeat_interval', 'continue'],
  ...['match', 'match_re', 'matchers', 'mute_time_intervals', 'active_time_intervals', 'routes'],
]
const MAX_ROUTES = 1_000
const MAX_DEPTH = 20
/** Labels, and time intervals, of a route. */
const MAX_LISTED = 100
/** More often nobody is told more of a group, or the same again. */
const MIN_INTERVAL_MS = 1_000
const MIN_REPEAT_MS = 60_000
const MAX_MS = 366 * 86_400_000
const YES = ['true', 'yes', 'on', 'y']
const NO = ['false', 'no', 'off', 'n', '']

/** What a route may name, and what it may say besides. */
export interface RouteWorld {
  readonly receivers: ReadonlySet<string>
  readonly timeIntervals: ReadonlySet<string>
  readonly moreFields: readonly string[]
}

/** The root route; what is wrong is told to `yaml`. */
export function parseRoot(yaml: YamlFile, top: Fields, world: RouteWorld): Route {
  const field = top.get('route')
  if (!field || yaml.isNothing(field)) yaml.fault(field?.keyOffset ?? 0, '', 'expected a route')
  const route = new Routes(yaml, world).parse(field?.value, 0)
  const wrong = (message: string) => yaml.fault(yaml.offsetOf(field?.value), 'route', message)
  if (field?.value && !route.receiver) wrong('the root needs a receiver')
  if (route.matchers.length > 0) wrong('the root must not have matchers')
  if (route.muteTimeIntervals.length + route.activeTimeIntervals.length > 0) {
    wrong('the root must not have time intervals')
  }
  return route
}

class Routes {
  readonly #yaml: YamlFile
  readonly #world: RouteWorld
  #count = 0

  constructor(yaml: YamlFile, world: RouteWorld) {
    this.#yaml = yaml
    this.#world = world
  }

  parse(node: Node | undefined, depth: number): Route {
    const yaml = this.#yaml
    const fields = yaml.fields(node, 'route')
    yaml.onlyKnown(fields, [...ROUTE_FIELDS, ...this.#world.moreFields], 'route')
    const receiver = this.#known(fields.get('receiver'), this.#world.receivers, 'receiver')
    const groupBy = this.#groupBy(fields.get('group_by'))
    const groupWaitMs = this.#duration(fields, 'group_wait', 0)
    const groupIntervalMs = this.#duration(fields, 'group_interval', MIN_INTERVAL_MS)
    const repeatIntervalMs = this.#duration(fields, 'repeat_interval', MIN_REPEAT_MS)
    return {
      ...(receiver && { receiver }),
      matchers: parseMatcherFields(yaml, fields, ''),
      ...(groupBy && { groupBy }),
      ...(groupWaitMs !== undefined && { groupWaitMs }),
      ...(groupIntervalMs !== undefined && { groupIntervalMs }),
      ...(repeatIntervalMs !== undefined && { repeatIntervalMs }),
      continue: this.#flag(fields.get('continue')),
      muteTimeIntervals: this.#intervals(fields.get('mute_time_intervals')),
      activeTimeIntervals: this.#intervals(fields.get('active_time_intervals')),
      routes: this.#below(fields.get('routes'), depth + 1),
    }
  }

  #below(field: Field | undefined, depth: number): Route[] {
    const nodes = this.#yaml.items(field?.value, 'routes')
    this.#count += nodes.length
    const isTooMany = this.#count > MAX_ROUTES || (depth > MAX_DEPTH && nodes.length > 0)
    if (!isTooMany) return nodes.map((node) => this.parse(node, depth))
    const message = `expected ${MAX_ROUTES} routes at the most, ${MAX_DEPTH} deep`
    this.#yaml.fault(field?.keyOffset ?? 0, 'routes', message)
    return []
  }

  #groupBy(field: Field | undefined): readonly string[] | 'all' | undefined {
    if (!field || this.#yaml.isNothing(field)) return undefined
    const names = this.#texts(field, 'group_by')
    const wrong = (message: string) => this.#yaml.fault(field.keyOffset, 'group_by', message)
    if (names.includes('')) wrong('expected names of labels')
    if (new Set(names).size < names.length) wrong('a label is there twice')
    if (!names.includes('...')) return names
    if (names.length > 1) wrong('`...` means all labels: no others beside it')
    return 'all'
  }

  #duration(fields: Fields, name: string, minMs: number): number | undefined {
    const field = fields.get(name)
    if (!field || this.#yaml.isNothing(field)) return undefined
    const text = this.#yaml.text(field, name)
    const ms = parseDurationMs(text ?? '')
    if (ms !== undefined && ms >= minMs && ms <= MAX_MS) return ms
    const least = minMs === 0 ? '' : `, ${formatDurationMs(minMs)} at least`
    const message = `expected a duration such as 30s or 1h30m${least}, found ${JSON.stringify(text)}`
    this.#yaml.fault(this.#yaml.offsetOf(field.value), name, message)
    return undefined
  }

  #flag(field: Field | undefined): boolean {
    const text = this.#yaml.text(field, 'continue')?.toLowerCase() ?? ''
    if (!YES.includes(text) && !NO.includes(text)) {
      this.#yaml.fault(this.#yaml.offsetOf(field?.value), 'continue', 'expected true or false')
    }
    return YES.includes(text)
  }

  #intervals(field: Field | undefined): string[] {
    const nodes = boundedItems(this.#yaml, field?.value, 'time intervals', MAX_LISTED)
    return nodes.flatMap((value) => {
      const one = { value, keyOffset: this.#yaml.offsetOf(value) }
      return this.#known(one, this.#world.timeIntervals, 'time interval') ?? []
    })
  }

  #known(field: Field | undefined, names: ReadonlySet<string>, what: string): string | undefined {
    const name = this.#yaml.text(field, what)
    if (name && !names.has(name)) {
      this.#yaml.fault(this.#yaml.offsetOf(field?.value), '', `undefined ${what} "${name}"`)
    }
    return name
  }

  #texts(field: Field, within: string): string[] {
    return boundedItems(this.#yaml, field.value, within, MAX_LISTED).map(
      (value) => this.#yaml.text({ value, keyOffset: 0 }, within) ?? '',
    )
  }
}
