/** The agent's own figures, as properties of the framework: TarsWeb shows them under 特性监控. */
import type { Cancel, Clock } from '../support/clock.ts'
import type { PropertyPolicy, ReportValue } from '../tars/monitor.ts'
import type { AgentStatus } from './agent-servant.ts'

/** What of the status is reported. Counts are since the start. */
export interface SelfFigures {
  readonly recordsIn: number
  readonly batchesOut: number
  readonly bytesOut: number
  /** Rows, events and batches that were left out. */
  readonly drops: number
  readonly lagMs: number
  readonly queueBytes: number
}

export function selfFiguresOf(status: AgentStatus): SelfFigures {
  const { rows, events, batches } = dropsOf(status)
  return {
    recordsIn: status.records,
    batchesOut: status.batches,
    bytesOut: status.bytes,
    drops: rows + events + batches,
    lagMs: status.lagMs,
    queueBytes: status.queuedBytes,
  }
}

/** What was left out since the start, by what it was. */
export interface Drops {
  readonly rows: number
  readonly events: number
  readonly batches: number
}

export function dropsOf({ windows, droppedEvents, spool }: DropStatus): Drops {
  const rows = windows.stat.dropped + windows.property.dropped
  return { rows, events: droppedEvents, batches: spool.dropped }
}

/** Where drops are counted. */
export type DropStatus = Pick<AgentStatus, 'windows' | 'droppedEvents' | 'spool'>

const COUNTS = ['recordsIn', 'batchesOut', 'bytesOut', 'drops'] as const
const GAUGES = ['lagMs', 'queueBytes'] as const

/** A gauge is looked at so often, and at least {@link MIN_SAMPLES} times an interval. */
const SAMPLE_MS = 10_000
const MIN_SAMPLES = 6

export interface SelfReportOptions {
  /** Before each name: `Alarm.AgentServer`, as node-agent does for its own. */
  readonly module: string
  readonly create: (name: string, policies: readonly PropertyPolicy[]) => ReportValue
  readonly figures: () => SelfFigures
  readonly intervalMs: number
  readonly clock: Clock
}

/** Counts are summed up over the interval; of the others the greatest and the mean are told. */
export class SelfReport {
  readonly #options: SelfReportOptions
  readonly #reports = new Map<keyof SelfFigures, ReportValue>()
  #before: SelfFigures
  #cancel: Cancel = () => {}

  constructor(options: SelfReportOptions) {
    this.#options = options
    const { module, create } = options
    for (const name of COUNTS) this.#reports.set(name, create(`${module}.${name}`, ['Sum']))
    for (const name of GAUGES) this.#reports.set(name, create(`${module}.${name}`, ['Max', 'Avg']))
    this.#before = options.figures()
  }

  start(): void {
    const { clock, intervalMs } = this.#options
    const samples = Math.max(MIN_SAMPLES, Math.ceil(intervalMs / SAMPLE_MS))
    const sampleMs = Math.floor(intervalMs / samples)
    const tick = () => {
      this.#sample()
      this.#cancel = clock.after(sampleMs, tick)
    }
    tick()
  }

  stop(): void {
    this.#cancel()
  }

  #sample(): void {
    const now = this.#options.figures()
    for (const name of COUNTS) this.#reports.get(name)?.(now[name] - this.#before[name])
    for (const name of GAUGES) this.#reports.get(name)?.(now[name])
    this.#before = now
  }
}
