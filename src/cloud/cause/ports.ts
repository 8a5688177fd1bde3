/** What the search for causes needs of others. */
import type { NotifyEvent } from '../../model/event.ts'
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Alert, AlertChange, Story } from '../alerts/alert.ts'
import type { Standings } from './holding.ts'

export interface CauseStore {
  /** Of alerts that fire, as they were saved last. */
  standings(environment: string): Promise<Standings>
  /** In one transaction. */
  saveDecisions(environment: string, decisions: Decisions): Promise<void>
}

export interface Decisions {
  readonly standings: Standings
  /** By alert. News that still waits is let go with its story; what was told, or is over, stays so. */
  readonly stories: ReadonlyMap<Alert['id'], Story>
  /** News of these that still waits is taken back. */
  readonly excused: readonly Alert['id'][]
  /** News again of what was folded or excused, and has outlived that. */
  readonly renewed: readonly AlertChange[]
}

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export interface Point {
  readonly at: UnixMs
  readonly value: number
}

/** The series of one environment. Rejects when the data cannot be read, or would cost too much. */
export interface CauseQuery {
  /** A vector. Of what is polled in buckets of 5 min the newest counts as the present. */
  instant(expr: string, at: UnixMs): Promise<readonly Sample[]>
  /** The points of the only series that `expr` has; none when it has none. Both ends included. */
  line(expr: string, fromMs: UnixMs, toMs: UnixMs, stepMs: number): Promise<readonly Point[]>
  /** Notifies of a service in `[fromMs, toMs)`, oldest first; the newest 50. */
  events(service: string, fromMs: UnixMs, toMs: UnixMs): Promise<readonly NotifyEvent[]>
}
