/**
 * Which groups can be evaluated as ranges, and which only instant by instant, because they read what rules
 * after them, or alarms of their own, write. Pure.
 */
import type { Matcher } from '../../promql/index.ts'
import { selectors } from '../../promql/index.ts'
import { ALERT_SERIES, testOf } from '../rules/feeds-of.ts'
import type { Rule, RuleGroup } from '../rules/rule.ts'

export interface Plan {
  readonly groups: readonly PlannedGroup[]
  /** Recording rules whose results nobody reads: they are left out. */
  readonly unread: readonly Rule[]
  /** Rules whose series others read. */
  readonly read: ReadonlySet<Rule>
  /** Rules that read what rules write. */
  readonly readers: readonly Rule[]
}

export type SlowReason = 'reads-alerts-of-itself' | 'reads-what-comes-later' | 'names-its-range'

export interface PlannedGroup {
  /** Without rules that are left out. */
  readonly group: RuleGroup
  /** Why it is evaluated instant by instant; undefined: as ranges. */
  readonly slow: SlowReason | undefined
}

/** A rule and its place. */
interface Placed {
  readonly rule: Rule
  readonly group: number
  readonly place: number
  readonly offsetMs: number
}

/** One rule reads what another writes. */
interface Reading {
  readonly reader: Placed
  readonly written: Placed
}

/** Of the range query, not of the instant: `start()`, `end()`, `step()`, `range()`. */
const NAMES_RANGE = /\b(start|end|step|range)\s*\(\s*\)/

/** Whether the rule can be asked for many instants at once: it reads nothing that rules write meanwhile. */
export function isApart(rule: Rule, { readers }: Pick<Plan, 'readers'>): boolean {
  return !readers.includes(rule) && !NAMES_RANGE.test(rule.query)
}

export function planOf(groups: readonly RuleGroup[]): Plan {
  const placed = groups.flatMap(({ rules, queryOffsetMs: offsetMs }, group) =>
    rules.map((rule, place): Placed => ({ rule, group, place, offsetMs })),
  )
  const readings = readingsOf(placed)
  const read = new Set([
    ...readings.map(({ written }) => written.rule),
    ...placed.flatMap(({ rule }) => (isNamed(rule, placed) ? [rule] : [])),
  ])
  const slow = slowGroups(placed, readings)
  const isUnread = (rule: Rule) => rule.kind === 'recording' && !read.has(rule)
  return {
    groups: groups.map((group, index) => ({
      group: { ...group, rules: group.rules.filter((rule) => !isUnread(rule)) },
      slow: slow.get(index),
    })),
    unread: placed.flatMap(({ rule }) => (isUnread(rule) ? [rule] : [])),
    read,
    readers: readings.map(({ reader }) => reader.rule),
  }
}

function readingsOf(placed: readonly Placed[]): Reading[] {
  return placed.flatMap((reader) => {
    const all = selectors(reader.rule.expr).map(({ matchers }) => matchers)
    return placed
      .filter(({ rule }) => all.some((matchers) => mayRead(matchers, rule)))
      .map((written) => ({ reader, written }))
  })
}

function mayRead(matchers: readonly Matcher[], written: Rule): boolean {
  const hasName = testOf(matchers, '__name__')
  if (written.kind === 'recording') return hasName(written.name)
  return ALERT_SERIES.some(hasName) && testOf(matchers, 'alertname')(written.name)
}

/** A template may ask for it. */
function isNamed({ kind, name }: Rule, placed: readonly Placed[]): boolean {
  if (kind !== 'recording') return false
  return placed.some(
    ({ rule }) =>
      rule.kind === 'alerting' &&
      [...rule.annotations, ...rule.labels].some(({ template }) => template.text.includes(name)),
  )
}

function slowGroups(
  placed: readonly Placed[],
  readings: readonly Reading[],
): ReadonlyMap<number, SlowReason> {
  const slow = new Map<number, SlowReason>()
  for (const { rule, group } of placed) {
    if (NAMES_RANGE.test(rule.query)) slow.set(group, 'names-its-range')
  }
  for (const reading of readings) {
    const reason = aheadOf(reading)
    if (!reason) continue
    slow.set(reading.reader.group, reason)
    if (!slow.has(reading.written.group)) slow.set(reading.written.group, reason)
  }
  // Those come after all others: who reads them is one of them.
  for (let before = -1; before < slow.size; ) {
    before = slow.size
    for (const { reader, written } of readings) {
      const reason = slow.get(written.group)
      if (reason && !slow.has(reader.group)) slow.set(reader.group, reason)
    }
  }
  return slow
}

/** Whether at an instant the reader must not see what is written at that instant. */
function aheadOf({ reader, written }: Reading): SlowReason | undefined {
  const isOwn = reader.group === written.group
  if (isOwn && written.rule.kind === 'alerting') return 'reads-alerts-of-itself'
  const isLater =
    written.group > reader.group ||
    (isOwn && written.place >= reader.place) ||
    written.offsetMs > reader.offsetMs
  return isLater ? 'reads-what-comes-later' : undefined
}
