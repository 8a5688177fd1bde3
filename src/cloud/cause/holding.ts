/**
 * Who is told now, who waits for its cause, and who is folded into another's alarm. Pure.
 *
 *   (new) → held → told, or folded into one that is told
 *   told → told and folded: its cause was found later
 *   folded → held again: what it was folded into is over, and it is not
 *   held → excused: a restart explains it → told, when it is there longer than that
 *
 * An alert is held at most `holdMs`, and no longer than until its cause cannot lie deeper; it is told with the cause
 * even when that has no alert. Folded is only what was folded into an alert that is told.
 */
import type { UnixMs } from '../../model/time.ts'
import type { CallGraph } from './call-graph.ts'
import { keyOf } from './matter.ts'
import type { Cause } from './root-cause.ts'
import { byGravity, type Suspect } from './symptom.ts'

type AlertId = Suspect['alert']

/** Where a firing alert stands. */
export interface Standing {
  /** Waits since then; absent once it is told or folded. */
  readonly heldSince?: UnixMs
  /** Held again: it has outlived what it was folded into, maybe only just. */
  readonly isAgain?: true
  readonly isTold: boolean
  /** Not told, as a restart explained it. */
  readonly isExcused?: true
  /** The cause that it was told with: `keyOf` its matter. */
  readonly named?: string
  /** Told, and itself not folded at that time. */
  readonly into?: AlertId
}

export type Standings = ReadonlyMap<AlertId, Standing>

export interface HoldingInput {
  readonly at: UnixMs
  /** How long a cause may take to show: one report interval. */
  readonly holdMs: number
  /** How often rules are evaluated; 10 s. */
  readonly evaluatedEveryMs?: number
  /** Of all pending and firing alerts of the environment. */
  readonly causes: readonly Cause[]
  readonly graph: CallGraph
  /** `keyOf` of the matters that are as expected of a restart. */
  readonly excused?: ReadonlySet<string>
}

export interface Decision {
  readonly alert: AlertId
  readonly cause: Cause
  /** `fold`: it is impact of `into`; also for one that was told before its cause was. `excuse`: nobody is told. */
  readonly verdict: 'tell' | 'fold' | 'excuse'
  readonly into?: AlertId
}

export interface Held {
  /** Of the alerts that are firing. */
  readonly standings: Standings
  /** What is new; told ones before those that are folded into them. */
  readonly decisions: readonly Decision[]
  /** Over before they were told or folded. */
  readonly missed: readonly AlertId[]
  /** When the next alert is due that is held. */
  readonly dueAt?: UnixMs
}

export function hold(before: Standings, input: HoldingInput): Held {
  const step = new Step(before, input)
  for (const cause of input.causes) step.take(cause)
  const { standings, decisions, dues } = step
  const missed = [...before].filter(
    ([id, { heldSince }]) => heldSince !== undefined && !standings.has(id),
  )
  return {
    standings,
    decisions,
    missed: missed.map(([id]) => id),
    ...(dues.length > 0 && { dueAt: Math.min(...dues) }),
  }
}

class Step {
  readonly standings = new Map<AlertId, Standing>()
  readonly decisions: Decision[] = []
  /** When each cause is due that is held. */
  readonly dues: UnixMs[] = []
  readonly #before: Standings
  readonly #input: HoldingInput
  readonly #firing: ReadonlySet<AlertId>

  constructor(before: Standings, input: HoldingInput) {
    this.#before = before
    this.#input = input
    this.#firing = new Set(input.causes.flatMap(firingOf).map(({ alert }) => alert))
  }

  take(cause: Cause): void {
    const open: Suspect[] = []
    for (const suspect of firingOf(cause)) {
      const standing = this.#standingOf(suspect)
      this.standings.set(suspect.alert, standing)
      if (standing.into === undefined) open.push(suspect)
    }
    const news = open.filter(this.#isNews)
    const teller = this.#tellerOf(cause, news)
    if (!teller) return
    if (!this.standings.get(teller.alert)?.isTold) {
      if (this.#input.excused?.has(keyOf(cause.matter))) return this.#excuse(cause, open)
      if (!this.#isDue(cause, news)) return void this.dues.push(this.#dueAt(news))
      this.standings.set(teller.alert, { isTold: true, named: keyOf(cause.matter) })
      this.decisions.push({ alert: teller.alert, cause, verdict: 'tell' })
    }
    for (const { alert } of open) if (alert !== teller.alert) this.#fold(alert, teller.alert, cause)
  }

  #standingOf({ alert, holds }: Suspect): Standing {
    const { at } = this.#input
    const before = this.#before.get(alert) ?? { heldSince: at, isTold: false }
    if (before.into === undefined || this.#firing.has(before.into)) return before
    // What it was folded into is over. It need not be told that it still was when it is over, too.
    if (!holds) return before
    if (!before.isTold) return { heldSince: at, isAgain: true, isTold: false }
    return { isTold: true, ...(before.named !== undefined && { named: before.named }) }
  }

  /** Who has named the cause stays the teller; otherwise an alert about the cause itself goes first. */
  #tellerOf({ matter, own }: Cause, open: readonly Suspect[]): Suspect | undefined {
    const standing = ({ alert }: Suspect) => this.standings.get(alert)
    const ownOpen = open.filter((suspect) => own.includes(suspect))
    const candidates = ownOpen.length > 0 ? ownOpen : open
    return (
      open.find((suspect) => standing(suspect)?.named === keyOf(matter)) ??
      candidates.find((suspect) => standing(suspect)?.isTold) ??
      candidates.toSorted(byGravity)[0]
    )
  }

  /** What has outlived its teller, or a restart, only by `keep_firing_for` is none. */
  readonly #isNews = ({ alert, holds }: Suspect) => {
    const { isAgain, isExcused } = this.standings.get(alert) ?? {}
    return holds || !(isAgain || isExcused)
  }

  #excuse(cause: Cause, open: readonly Suspect[]): void {
    for (const { alert } of open) {
      const { isTold, isExcused } = this.standings.get(alert) ?? {}
      if (isTold || isExcused) continue
      this.standings.set(alert, { isTold: false, isExcused: true })
      this.decisions.push({ alert, cause, verdict: 'excuse' })
    }
  }

  #isDue(cause: Cause, open: readonly Suspect[]): boolean {
    if (this.#input.at >= this.#dueAt(open)) return true
    const own = open.filter((suspect) => cause.own.includes(suspect))
    return (own.length > 0 ? own : open)
      .filter(({ alert }) => !this.standings.get(alert)?.isAgain)
      .some((suspect) => this.#isSettled(cause, suspect))
  }

  #dueAt(open: readonly Suspect[]): UnixMs {
    const sinces = open.map(({ alert }) => this.standings.get(alert)?.heldSince)
    return Math.min(...sinces.map((since) => since ?? -Infinity)) + this.#input.holdMs
  }

  /** No deeper cause can show any more that would have shown since the alert began. */
  #isSettled({ matter, explained }: Cause, { since, symptom }: Suspect): boolean {
    const { at, holdMs, graph } = this.#input
    if (matter.kind === 'alert' || symptom === 'down' || at - since >= holdMs) return true
    if (matter.kind === 'load') {
      const callers = graph.to(matter.service).flatMap(({ caller }) => graph.to(caller))
      return callers.every(({ caller }) => caller === '' || this.#hasReported(caller, since))
    }
    if (explained >= SUSPICIOUS) return false
    const calls = graph.from(matter.service)
    if (calls.length === 0 || symptom === 'queue') return true
    if (symptom === 'latency' && !this.#hasCaughtUp(matter.service)) return false
    return this.#hasReported(matter.service, since)
  }

  /** It has reported no earlier than those who saw that it takes longer: what it waits for shows. */
  #hasCaughtUp(service: string): boolean {
    const { graph } = this.#input
    const callers = graph.to(service).filter(({ excess }) => excess.delayMs > 0)
    const seenAt = Math.max(...callers.map(({ caller }) => graph.reportedAt(caller) ?? -Infinity))
    return (graph.reportedAt(service) ?? Infinity) >= seenAt
  }

  #hasReported(service: string, since: UnixMs): boolean {
    const { holdMs, evaluatedEveryMs = WINDOW_MS, graph } = this.#input
    const reportedAt = graph.reportedAt(service)
    return reportedAt === undefined || reportedAt >= since - seenBeforeMs(holdMs, evaluatedEveryMs)
  }

  #fold(alert: AlertId, into: AlertId, cause: Cause): void {
    const { isTold = false, named } = this.standings.get(alert) ?? {}
    this.standings.set(alert, { isTold, ...(named !== undefined && { named }), into })
    this.decisions.push({ alert, cause, verdict: 'fold', into })
  }
}

function firingOf({ own, effects }: Cause): Suspect[] {
  return [...own, ...effects.map(({ suspect }) => suspect)].filter(({ isFiring }) => isFiring)
}

/** What callees have of a trouble, from this part on: it may turn out to be theirs. */
const SUSPICIOUS = 0.15

/** Agents close windows of this length: a report is known to have ended in one of them. */
const WINDOW_MS = 10_000

/**
 * What an alert tells has been in the reports of callers for a while when it begins: a third of an interval, and it
 * began half an evaluation before it was seen. A report of its own from so long before shows its cause, too; in
 * whole windows. Measured on random graphs: with more of it wrong causes are named.
 */
function seenBeforeMs(holdMs: number, evaluatedEveryMs: number): number {
  return Math.floor((holdMs / 3 + evaluatedEveryMs / 2) / WINDOW_MS) * WINDOW_MS
}
