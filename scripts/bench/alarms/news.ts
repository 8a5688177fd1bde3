/** What a store keeps of alerts, and when people are told: news waits for its cause, and is folded into others. */
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import type { AlertStore, FiredRun, Progress } from '../../../src/cloud/alerts/ports.ts'
import type { Standings } from '../../../src/cloud/cause/holding.ts'
import type { CauseStore, Decisions } from '../../../src/cloud/cause/ports.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import type { Clock } from '../../../src/support/clock.ts'

type Evaluation = Parameters<AlertStore['saveEvaluation']>[0]

/** News for people. */
export interface Told {
  readonly change: AlertChange
  readonly toldAt: UnixMs
  /** The service that it says is at fault; absent where that is its own, or not known. */
  readonly cause?: string
}

/** One policy that tells of all services. Nothing is written: what is in it is lost with it. */
export class News implements AlertStore, CauseStore {
  readonly #clock: Clock
  readonly #living = new Map<Alert['id'], Alert>()
  readonly #progress = new Map<string, Progress>()
  readonly #waiting = new Map<Alert['id'], { change: AlertChange; untilMs: UnixMs }>()
  #told: Told[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async livingAlerts(): Promise<Alert[]> {
    return [...this.#living.values()]
  }

  /** Nothing begins where another has ended. */
  async firedSince(): Promise<FiredRun[]> {
    return []
  }

  async progress(): Promise<Progress[]> {
    return [...this.#progress.values()]
  }

  async saveEvaluation({ progress, alerts, dropped, changes, holds }: Evaluation): Promise<void> {
    this.#progress.set(progress.group, progress)
    for (const change of changes) {
      if (change.kind !== 'fired') continue
      const untilMs = holds?.get(change.alert.id)
      if (untilMs === undefined) this.#tell(change)
      else this.#waiting.set(change.alert.id, { change, untilMs })
    }
    for (const alert of alerts) {
      if (alert.state !== 'resolved') this.#living.set(alert.id, alert)
      else {
        this.#living.delete(alert.id)
        this.#letGo(alert.id)
      }
    }
    for (const id of dropped) this.#living.delete(id)
  }

  async standings(): Promise<Standings> {
    return new Map()
  }

  async saveDecisions(
    _: string,
    { standings, stories, excused, renewed }: Decisions,
  ): Promise<void> {
    for (const id of excused) this.#waiting.delete(id)
    for (const [id, { into }] of stories) {
      if (into) this.#waiting.delete(id)
      else this.#letGo(id, causeOf(standings.get(id)?.named))
    }
    for (const change of renewed) {
      this.#tell(change, causeOf(standings.get(change.alert.id)?.named))
    }
  }

  /** What was told since the last time; what has waited long enough is told, too. */
  take(): Told[] {
    for (const [id, { untilMs }] of this.#waiting) if (untilMs <= this.#clock.now()) this.#letGo(id)
    const told = this.#told
    this.#told = []
    return told
  }

  #letGo(id: Alert['id'], cause?: string): void {
    const waiting = this.#waiting.get(id)
    if (waiting) this.#tell(waiting.change, cause)
    this.#waiting.delete(id)
  }

  #tell(change: AlertChange, cause?: string): void {
    this.#told.push({ change, toldAt: this.#clock.now(), ...(cause !== undefined && { cause }) })
  }
}

/** @param named key of a matter: of one kind or another, its service. */
function causeOf(named: string | undefined): string | undefined {
  if (named === undefined) return undefined
  const [kind, service] = JSON.parse(named) as [string, string]
  return kind === 'alert' ? undefined : service
}
