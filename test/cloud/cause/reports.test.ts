/** Reports come in turns, of each node once an interval: what is told first, how often, and how late? */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallGraph, type Edge } from '../../../src/cloud/cause/call-graph.ts'
import type { Calls } from '../../../src/cloud/cause/calls.ts'
import { hold, type Standings } from '../../../src/cloud/cause/holding.ts'
import { findCauses } from '../../../src/cloud/cause/root-cause.ts'
import type { Suspect } from '../../../src/cloud/cause/symptom.ts'
import { type Chance, chanceOf, worldBy } from './support/chance.ts'
import { failureRatios, loads, nameOf, type World } from './support/world.ts'

const WINDOW_MS = 10_000
const BEGIN = 0
const END = 240_000

/** Calls of a caller's node to an interface, in one report. */
interface Report {
  /** The end of the agent's window in which it arrived. */
  readonly at: number
  readonly caller: string
  readonly to: number
  readonly calls: number
  readonly failures: number
}

interface Reporting {
  readonly spanMs: number
  readonly nodes: number
}

function reportsOf(world: World, { spanMs, nodes }: Reporting, chance: Chance): Report[] {
  const amounts = loads(world)
  const ratios = failureRatios(world)
  const inside = world.wirings.map(({ from, to, perCall }) => ({
    service: world.interfaces[from] ?? 0,
    caller: nameOf(world.interfaces[from] ?? 0),
    to,
    amount: (amounts[from] ?? 0) * perCall,
  }))
  const outside = amounts.flatMap((amount, to) =>
    world.wirings.some((wiring) => wiring.to === to)
      ? []
      : { service: world.interfaces[to] ?? 0, caller: '', to, amount },
  )
  const phases = new Map<string, number>()
  return [...inside, ...outside].flatMap(({ service, caller, to, amount }) =>
    Array.from({ length: nodes }, (_, node) => {
      const key = `${service} ${node}`
      const phase = phases.get(key) ?? chance.next() * spanMs
      phases.set(key, phase)
      const reports: Report[] = []
      for (let end = phase - 4 * spanMs; end <= END; end += spanMs) {
        const calls = chance.count((amount * spanMs) / 60_000 / nodes)
        const faulty = Math.min(1, Math.max(0, end - BEGIN) / spanMs)
        const failures = Math.min(calls, chance.count(calls * faulty * (ratios[to] ?? 0)))
        reports.push({ at: Math.ceil(end / WINDOW_MS) * WINDOW_MS, caller, to, calls, failures })
      }
      return reports
    }).flat(),
  )
}

/** Calls a minute of the reports of the last `windowMs`. */
function edgesAt(world: World, reports: readonly Report[], at: number, windowMs: number): Edge[] {
  const recent = reports.filter((report) => report.at > at - windowMs && report.at <= at)
  return [...Map.groupBy(recent, ({ caller, to }) => `${caller} ${to}`).values()].map((some) => {
    const [{ caller, to } = { caller: '', to: 0 }] = some
    const total = (part: (report: Report) => number) =>
      (some.reduce((all, report) => all + part(report), 0) * 60_000) / windowMs
    const calls = total((report) => report.calls)
    const of = (failures: number): Calls => ({
      calls,
      timeouts: 0,
      exceptions: failures,
      durationMs: 20 * (calls - failures),
    })
    const now = of(total((report) => report.failures))
    return {
      caller,
      callee: nameOf(world.interfaces[to] ?? 0),
      interface: `i${to}`,
      now,
      before: of(0),
    }
  })
}

/** Alerts on interfaces of which 5 % and 10 calls a minute fail. */
function alertsOf(edges: readonly Edge[]): string[] {
  return [...Map.groupBy(edges, ({ callee, interface: name }) => `${callee} ${name}`)]
    .filter(([, some]) => {
      const calls = some.reduce((all, { now }) => all + now.calls, 0)
      const failures = some.reduce((all, { now }) => all + now.exceptions, 0)
      return failures >= 10 && failures >= 0.05 * calls
    })
    .map(([alert]) => alert)
}

interface Told {
  readonly services: readonly string[]
  /** From the first alert that fired to the first that was told. */
  readonly heldMs: number
}

function tellingsOf(world: World, reporting: Reporting, chance: Chance): Told | undefined {
  const reports = reportsOf(world, reporting, chance)
  const isSlow = reporting.spanMs > WINDOW_MS
  const active = new Map<string, number>()
  const told: { at: number; service: string }[] = []
  let standings: Standings = new Map()
  for (let at = WINDOW_MS; at <= END; at += WINDOW_MS) {
    const alerts = alertsOf(edgesAt(world, reports, at, isSlow ? 180_000 : 60_000))
    for (const alert of alerts) if (!active.has(alert)) active.set(alert, at)
    const suspects = [...active].map(([alert, since]): Suspect => {
      const service = alert.split(' ')[0] ?? ''
      const state = { isFiring: true, holds: true, since }
      return { alert, service, symptom: 'failures', severity: 'ERROR', ...state }
    })
    const reportedAt = new Map<string, number>()
    for (const report of reports) {
      if (report.at > at) continue
      reportedAt.set(report.caller, Math.max(reportedAt.get(report.caller) ?? report.at, report.at))
    }
    const edges = edgesAt(world, reports, at, isSlow ? 120_000 : 60_000)
    const graph = new CallGraph({ edges, reportedAt })
    const causes = findCauses({ suspects, graph })
    const held = hold(standings, { at, holdMs: reporting.spanMs, causes, graph })
    standings = held.standings
    for (const { verdict, cause } of held.decisions) {
      if (verdict === 'tell') told.push({ at, service: cause.matter.service })
    }
  }
  const [first] = told
  if (!first) return undefined
  const heldMs = first.at - Math.min(...active.values())
  return { services: told.map(({ service }) => service), heldMs }
}

describe('of an incident is told', () => {
  const cases: readonly (readonly [string, Reporting])[] = [
    ['at one report a minute, of one node each', { spanMs: 60_000, nodes: 1 }],
    ['at one report a minute, of six nodes each', { spanMs: 60_000, nodes: 6 }],
    ['at a report each 10 s', { spanMs: 10_000, nodes: 2 }],
  ]
  for (const [name, reporting] of cases) {
    it(`its cause first, hardly anything else, within an interval: ${name}`, () => {
      const chance = chanceOf(7)
      const all = Array.from({ length: 80 }, () => {
        const { world, planted } = worldBy(chance)
        return { planted, told: tellingsOf(world, reporting, chance) }
      }).filter(({ told }) => told !== undefined)
      const right = all.filter(({ told, planted }) => told?.services[0] === nameOf(planted))
      const alarms = all.reduce((count, { told }) => count + (told?.services.length ?? 0), 0)
      assert.ok(all.length >= 60, `${all.length} incidents`)
      assert.ok(right.length >= 0.95 * all.length, `${right.length} of ${all.length} right`)
      assert.ok(alarms <= 1.2 * all.length, `${alarms} alarms for ${all.length} incidents`)
      assert.ok(all.every(({ told }) => (told?.heldMs ?? 0) <= reporting.spanMs))
    })
  }
})
