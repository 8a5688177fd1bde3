/**
 * Which groups can be evaluated as ranges, and which only instant by instant, because they read what rules
 * after them, or alarms of their own, write, or may have alerts in common. Pure.
 */
import type { Rule, RuleGroup } from '../rules/rule.ts'
import { type Reach, reachesOf } from './reach.ts'
import { type Placed, placedOf, type Reading, readingsOf } from './readings.ts'

export interface Plan {
  readonly groups: readonly PlannedGroup[]
  /** Recording rules whose results nobody reads: they are left out. */
  readonly unread: readonly Rule[]
  /** Rules whose series others read, also templates. */
  readonly reaches: ReadonlyMap<Rule, Reach>
  /** Rules whose expressions read what rules write. */
  readonly readers: ReadonlySet<Rule>
}

export type SlowReason =
  | 'reads-alerts-of-itself'
  | 'reads-what-comes-later'
  | 'names-its-range'
  | 'shares-alerts'

export interface PlannedGroup {
  /** Without rules that are left out. */
  readonly group: RuleGroup
  /** Why it is evaluated instant by instant; undefined: as ranges. */
  readonly slow: SlowReason | undefined
}

/** Of the range query, not of the instant: `start()`, `end()`, `step()`, `range()`. */
const NAMES_RANGE = /\b(start|end|step|range)\s*\(\s*\)/

/** Whether the rule can be asked for many instants at once: it reads nothing that rules write meanwhile. */
export function isApart(rule: Rule, { readers }: Pick<Plan, 'readers'>): boolean {
  return !readers.has(rule) && !NAMES_RANGE.test(rule.query)
}

export function planOf(groups: readonly RuleGroup[]): Plan {
  const placed = placedOf(groups)
  const readings = readingsOf(placed)
  const reaches = reachesOf(readings)
  const slow = slowGroups(placed, readings)
  const isUnread = (rule: Rule) => rule.kind === 'recording' && !reaches.has(rule)
  return {
    groups: groups.map((group, index) => ({
      group: { ...group, rules: group.rules.filter((rule) => !isUnread(rule)) },
      slow: slow.get(index),
    })),
    unread: placed.flatMap(({ rule }) => (isUnread(rule) ? [rule] : [])),
    reaches,
    readers: new Set(readings.flatMap(({ by, reader }) => (by === 'expr' ? [reader.rule] : []))),
  }
}

function slowGroups(
  placed: readonly Placed[],
  all: readonly Reading[],
): ReadonlyMap<number, SlowReason> {
  // Annotations are worked out when all else is done.
  const readings = all.filter(({ by }) => by !== 'annotations')
  const slow = new Map<number, SlowReason>()
  for (const { rule, group } of placed) {
    if (NAMES_RANGE.test(rule.query)) slow.set(group, 'names-its-range')
  }
  for (const group of sharing(placed)) slow.set(group, 'shares-alerts')
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
function aheadOf({ reader, written, by }: Reading): SlowReason | undefined {
  const isOwn = reader.group === written.group
  if (isOwn && written.rule.kind === 'alerting') return 'reads-alerts-of-itself'
  const isLater =
    written.group > reader.group ||
    (isOwn && written.place >= reader.place) ||
    // A template sees of each group what it has written, whatever the offsets.
    (by === 'expr' && written.offsetMs > reader.offsetMs)
  return isLater ? 'reads-what-comes-later' : undefined
}

/** Groups with rules of one name that may find the same alert: each judges what the other found. */
function sharing(placed: readonly Placed[]): number[] {
  const named = Map.groupBy(placed, ({ rule }) => `${rule.kind} ${rule.name}`)
  return [...named.values()].flatMap((same) =>
    same.flatMap(({ rule, group }) => {
      const isShared = same.some((other) => other.group !== group && mayMeet(rule, other.rule))
      return isShared ? [group] : []
    }),
  )
}

/** Alerts are told apart by name and labels. */
function mayMeet(a: Rule, b: Rule): boolean {
  if (a.kind !== 'alerting' || b.kind !== 'alerting') return false
  return Object.entries(a.fixedLabels).every(([name, value]) => {
    const { [name]: other = value } = b.fixedLabels
    return other === value
  })
}
