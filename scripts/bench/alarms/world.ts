/** One scenario from its first report to its last alarm. */
import type { StatKey } from '../../../src/model/stat.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { Agent, DELIVERY_MS } from './agent.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts'
import type { Disturbance, Report } from './disturbance.ts'
import { cpuMs, Evaluation } from './evaluation.ts'
import { deployHappening, type Happening, happeningOf, type NewVersion } from './incident.ts'
import { type Plant, type Process, plantOf, type Row } from './plant.ts'
import { Reports, type Taking } from './reports.ts'
import type { Scenario } from './scenario.ts'
import type { Told } from './score.ts'
import { incidentHappening, type Truth } from './truth.ts'

export interface WorldOptions {
  readonly scenario: Scenario
  readonly folder: string
  readonly rules: readonly string[]
  readonly note: (text: string) => void
}

export interface Outcome {
  readonly scenario: Scenario
  readonly truths: readonly Truth[]
  readonly told: readonly Told[]
  /** Rules that failed, and why. */
  readonly faults: readonly string[]
  readonly rows: number
  /** `warmUp`, `measured`: by the clock; the others of CPU, of this thread, `cpu` in all. */
  readonly seconds: Readonly<Record<Part, number>>
  readonly evaluations: number
}

type Part = 'warmUp' | 'measured' | 'append' | 'baselines' | 'evaluate' | 'cpu'

/** Until then nothing is evaluated: batches may be larger. */
const WARM_UP_BATCH_MS = 10 * MINUTE_MS
/** So long before: rules look back at what they recorded. What fires meanwhile does not count. */
const JUDGED_BEFORE_MS = HOUR_MS

export async function runWorld({ scenario, folder, rules, note }: WorldOptions): Promise<Outcome> {
  const plant = plantOf(scenario)
  const incidents = scenario.incidents.map((incident) => incidentHappening(plant, incident))
  const deploys = scenario.deploys.map((deploy) => deployHappening(plant, deploy))
  const blips = scenario.blips.map((blip) => happeningOf(plant, blip))
  const intervalMs = scenario.reportMs
  const evaluation = await Evaluation.open({ folder, rules, intervalMs })
  const simulation = new Simulation(plant, [...incidents, ...deploys, ...blips])
  const warmUntil = scenario.start + Math.round(scenario.warmUpDays * DAY_MS)
  const endMs = warmUntil + Math.round(scenario.days * DAY_MS)
  const told: Told[] = []
  const [startedMs, startedCpuMs] = [performance.now(), cpuMs()]
  let warmMs = startedMs
  const judgedFrom = Math.max(scenario.start, warmUntil - JUDGED_BEFORE_MS)
  for (let at = scenario.start; at < endMs; ) {
    const isEvaluated = at >= judgedFrom
    if (at === warmUntil) warmMs = performance.now()
    at = isEvaluated ? at + intervalMs : Math.min(at + WARM_UP_BATCH_MS, judgedFrom)
    const bytes = simulation.batch(at)
    await evaluation.append(bytes, at + DELIVERY_MS)
    if (isEvaluated) {
      await evaluation.learn(at)
      const news = await evaluation.evaluate(at, at + DELIVERY_MS)
      if (at > warmUntil) told.push(...news)
    }
    if ((at - scenario.start) % DAY_MS === 0)
      note(`${scenario.name}: day ${(at - scenario.start) / DAY_MS}, ${told.length} alarms`)
  }
  await evaluation.close()
  const { append, baselines, evaluate, evaluations } = evaluation.tookMs
  const milliseconds = {
    ...{ warmUp: warmMs - startedMs, measured: performance.now() - warmMs },
    ...{ append, baselines, evaluate, cpu: cpuMs() - startedCpuMs },
  }
  return {
    ...{ scenario, told, evaluations, faults: evaluation.faults, rows: plant.rows.length },
    truths: incidents.map(({ truth }) => truth),
    seconds: mapValues(milliseconds, (ms) => Math.round(ms / 100) / 10),
  }
}

class Simulation {
  readonly #plant: Plant
  readonly #reports: Reports
  readonly #agent: Agent
  readonly #disturbances: readonly Disturbance[]
  readonly #notifies: readonly Report[]
  /** Processes that report together, by when in their interval. */
  readonly #groups: readonly (readonly [phaseMs: number, processes: readonly Process[]])[]
  #at: UnixMs
  #nextNotify = 0
  readonly #newVersions: NewVersion[]
  /** By number of the process; what its rows are told under. */
  readonly #keys = new Map<number, Map<StatKey, StatKey>>()

  constructor(plant: Plant, happenings: readonly Happening[]) {
    this.#plant = plant
    this.#reports = new Reports(plant)
    this.#agent = new Agent(plant.scenario.start)
    this.#at = plant.scenario.start
    this.#disturbances = happenings.flatMap(({ disturbances }) => disturbances)
    this.#notifies = happenings.flatMap(({ reports }) => reports).sort((a, b) => a.at - b.at)
    this.#newVersions = happenings
      .flatMap(({ versions = [] }) => versions)
      .sort((a, b) => a.at - b.at)
    this.#groups = [...Map.groupBy(plant.processes, ({ phaseMs }) => phaseMs)].sort(
      ([a], [b]) => a - b,
    )
  }

  /** All that the agent heard until `untilMs`. */
  batch(untilMs: UnixMs): Buffer {
    const { reportMs } = this.#plant.scenario
    for (; this.#at < untilMs; this.#at += reportMs) {
      const active = this.#disturbances.filter(
        ({ fromMs, toMs }) => fromMs < this.#at + reportMs && toMs > this.#at - reportMs,
      )
      this.#install(this.#at)
      for (const [phaseMs, processes] of this.#groups) {
        const at = this.#at + phaseMs
        this.#reports.report(at, processes, active, this.#taking(at))
      }
      this.#notify(this.#at + reportMs)
      this.#agent.close(this.#at + reportMs)
    }
    return this.#agent.batch(untilMs)
  }

  #taking(at: UnixMs): Taking {
    return {
      stat: (row, values) => this.#agent.stat(at, this.#keyOf(row), values),
      property: (property, value) => this.#agent.property(at, property, value),
    }
  }

  #install(untilMs: UnixMs): void {
    for (;;) {
      const [next] = this.#newVersions
      if (!next || next.at > untilMs) return
      this.#newVersions.shift()
      const own = this.#plant.rowsOf[next.process]?.flatMap((row) => this.#plant.rows[row] ?? [])
      const keys = own?.map(({ key }) => [key, { ...key, version: next.version }] as const)
      this.#keys.set(next.process, new Map(keys))
    }
  }

  #keyOf({ key, caller, callee }: Row): StatKey {
    return this.#keys.get(key.side === 'client' ? caller : callee)?.get(key) ?? key
  }

  #notify(untilMs: UnixMs): void {
    for (;;) {
      const next = this.#notifies[this.#nextNotify]
      if (!next || next.at >= untilMs) return
      this.#nextNotify++
      const process = this.#plant.processes[next.process]
      const service = this.#plant.scenario.services[process?.service ?? -1]
      if (!process || !service) continue
      const { at, level, kind, text } = next
      this.#agent.event(at, { module: service.name, node: process.node, level, kind, text })
    }
  }
}

function mapValues<K extends string>(
  of: Readonly<Record<K, number>>,
  map: (value: number) => number,
): Record<K, number> {
  const entries = Object.entries<number>(of).map(([name, value]) => [name, map(value)])
  return Object.fromEntries(entries) as Record<K, number>
}
