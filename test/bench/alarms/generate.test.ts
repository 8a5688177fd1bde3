import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { DAY_MS, dayKind } from '../../../scripts/bench/alarms/calendar.ts'
import { plantOf } from '../../../scripts/bench/alarms/plant.ts'
import { KINDS, parseScenario, type Scenario } from '../../../scripts/bench/alarms/scenario.ts'
import { REPORTED_SEED, scenariosOf, TUNING_SEED } from '../../../scripts/bench/alarms/scenarios.ts'
import { SIZES } from '../../../scripts/bench/alarms/sizes.ts'
import { incidentHappening } from '../../../scripts/bench/alarms/truth.ts'
import { smallScenario } from './small-scenario.ts'

const reported = scenariosOf(REPORTED_SEED, false)
const minutely = reported.filter(({ reportMs }) => reportMs === 60_000)
const often = reported.filter(({ reportMs }) => reportMs === 10_000)

test('the scenarios that are reported are as large as the goals ask for', () => {
  const all = minutely.flatMap(({ incidents }) => incidents).filter(({ counts }) => counts)
  assert.ok(all.length >= 40)
  assert.ok(new Set(all.map(({ kind }) => kind)).size >= 15)
  assert.ok(often.flatMap(({ incidents }) => incidents).filter(({ counts }) => counts).length >= 12)
  for (const { services, warmUpDays } of minutely) {
    assert.ok(services.length >= 30)
    assert.ok(warmUpDays >= 8)
  }
  const weeks = minutely.map(({ services, incidents, start, warmUpDays }) => {
    const first = Math.min(...incidents.map(({ at }) => at))
    return (services.length * (first - start - warmUpDays * DAY_MS)) / (7 * DAY_MS)
  })
  assert.ok(weeks.reduce((sum, each) => sum + each, 0) >= 100)
})

test('services call each other four deep, share what they call, and there is a circle', () => {
  for (const { entries, calls } of minutely) {
    let reached = new Set(entries.map(({ service }) => service))
    let depth = 0
    for (; depth < 4; depth++) {
      reached = new Set(
        calls.filter(({ caller }) => reached.has(caller)).map(({ callee }) => callee),
      )
    }
    assert.ok(reached.size > 0)
    const callersOf = Map.groupBy(calls, ({ callee }) => callee)
    const shared = [...callersOf.values()].filter(
      (own) => new Set(own.map((c) => c.caller)).size > 1,
    )
    assert.ok(shared.length >= 3)
    assert.ok(calls.some((a) => calls.some((b) => a.caller === b.callee && a.callee === b.caller)))
  }
})

test('what is measured has workdays, weekends, the way into holidays and out of them', () => {
  const kinds = minutely.map(({ start, warmUpDays, days }) => {
    const from = start + warmUpDays * DAY_MS
    const length = Math.ceil(days)
    return Array.from({ length }, (_, day) => dayKind(from + day * DAY_MS)).join(' ')
  })
  assert.match(kinds.join('\n'), /workday holiday/)
  assert.match(kinds.join('\n'), /holiday workday/)
  assert.match(kinds.join('\n'), /workday weekend/)
})

test('incidents that count are of the sizes that must be told', () => {
  for (const scenario of reported) {
    const plant = plantOf(scenario)
    for (const incident of scenario.incidents.filter(({ counts }) => counts)) {
      assertTold(scenario, plant, incident)
    }
  }
})

function assertTold(
  scenario: Scenario,
  { traffic }: ReturnType<typeof plantOf>,
  { id, kind, at, minutes, service: name, interface: method, size }: Scenario['incidents'][number],
) {
  const number = scenario.services.findIndex((service) => service.name === name)
  const service = scenario.services[number]
  const methods = service?.interfaces ?? []
  const rates = traffic.rates(at, undefined, false)
  const perMinute = traffic.flows.reduce((sum, flow, at) => {
    const isIt = flow.callee === number && (!method || methods[flow.interface]?.name === method)
    return sum + (isIt ? (rates[at] ?? 0) : 0)
  }, 0)
  const says = `${scenario.name}, ${id}: ${perMinute.toFixed(0)} calls a minute, size ${size}`
  const least = /^latency|traffic/.test(kind) ? 5 : /^(failure|timeout|queue)/.test(kind) ? 3 : 1
  assert.ok(minutes >= least, says)
  if (/failure|timeouts|cascade|bad-interface|bad-version/.test(kind)) {
    assert.ok(size >= SIZES.failureShare, says)
    assert.ok(size * perMinute >= SIZES.failuresPerMinute, says)
  }
  if (kind.startsWith('latency')) {
    assert.ok(size >= SIZES.latencyFactor && perMinute >= SIZES.callsPerMinute, says)
    const { latencyMs = 0 } = methods.find((each) => each.name === method) ?? {}
    assert.ok((size - 1) * latencyMs >= SIZES.latencyPlusMs, says)
  }
  if (kind.startsWith('traffic')) {
    assert.ok(perMinute >= SIZES.callsPerMinute, says)
    assert.ok(size <= SIZES.trafficDrop || size >= SIZES.trafficSurge, says)
  }
  if (kind.endsWith('queue')) assert.ok(size >= SIZES.queueFactor, says)
}

test('scenarios for tuning are others than those that are reported', () => {
  const seeds = (all: readonly Scenario[]) => all.map(({ seed }) => seed)
  const tuned = [...scenariosOf(TUNING_SEED, false), ...scenariosOf(TUNING_SEED, true)]
  for (const seed of seeds(tuned)) assert.ok(!seeds(reported).includes(seed))
})

test('the same seed draws the same scenario, as a file would give it, too', () => {
  assert.deepEqual(scenariosOf(REPORTED_SEED, false), reported)
  for (const scenario of reported)
    assert.deepEqual(parseScenario(JSON.parse(JSON.stringify(scenario)), 'again'), scenario)
})

test('each kind of incident can happen', () => {
  const plant = plantOf(smallScenario())
  for (const kind of KINDS) {
    const where = { service: 'Shop.RowServer', node: '10.1.0.6' }
    const when = { id: kind, at: plant.scenario.start, minutes: 5.12345 }
    const { truth, disturbances, reports } = incidentHappening(plant, {
      ...{ kind, size: 0.4, counts: true, ...where, ...when },
    })
    assert.ok(truth.causes.includes('Shop.RowServer'), kind)
    const changes = disturbances.map((each) => Object.values(each).filter(Array.isArray).flat())
    assert.ok(changes.flat().length + reports.length > 0, kind)
    // A batch carries whole milliseconds.
    assert.ok(
      reports.every((report) => Number.isInteger(report.at)),
      kind,
    )
  }
})

test('the example of the README is a scenario', () => {
  const readme = new URL('../../../scripts/bench/alarms/README.md', import.meta.url)
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(readFileSync(readme, 'utf8')) ?? []
  const scenario = parseScenario(parse(example), 'README')
  const plant = plantOf(scenario)
  for (const incident of scenario.incidents) incidentHappening(plant, incident)
  assert.equal(scenario.incidents.length, 3)
  assert.equal(plant.rows.length, 2 * 2 + 2 * 2 * (2 * 2) + 2 * 2)
})

test('what is wrong with a scenario is told with its name', () => {
  const refused: readonly [RegExp, Record<string, unknown>][] = [
    [/there is no service 'A.B'/, { deploys: [{ service: 'A.B', at: 0 }] }],
    [
      /'Shop.RowServer' has no interface 'put'/,
      {
        calls: [
          { caller: 'Shop.GateServer', callee: 'Shop.RowServer', interface: 'put', ratio: 1 },
        ],
      },
    ],
    [
      /'Shop.RowServer' is not on '10.9.9.9'/,
      {
        blips: [
          {
            kind: 'latency',
            at: 0,
            minutes: 1,
            service: 'Shop.RowServer',
            node: '10.9.9.9',
            size: 2,
          },
        ],
      },
    ],
    [/'tomorrow' is not a time such as/, { start: 'tomorrow' }],
    [/nodes/, { services: [{ name: 'A.B', nodes: [], interfaces: [] }] }],
    [/ilk/, { ilk: 1 }],
  ]
  for (const [message, content] of refused) assert.throws(() => smallScenario(content), message)
})
