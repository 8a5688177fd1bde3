import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { Alert } from '../alerts/alert.ts'
import { CallGraph } from './call-graph.ts'
import { expectedOf, type Moment } from './expected.ts'
import { type ExplainedDecision, Explanations } from './explanations.ts'
import { hold, type Standing, type Standings } from './holding.ts'
import { type Machines, readMachines } from './machines.ts'
import { keyOf } from './matter.ts'
import type { NodeChange } from './node-change.ts'
import type { CauseQuery } from './ports.ts'
import { GraphReader } from './read-graph.ts'
import { type Cause, findCauses } from './root-cause.ts'
import { type Suspect, suspectOf } from './symptom.ts'

export interface InvestigatorOptions {
  /** The series of the environment. */
  readonly query: CauseQuery
  readonly log: Log
  /** Most explanations at one instant; alarms beyond go without. */
  readonly maxExplained?: number
}

export interface Observed {
  readonly at: UnixMs
  /** All alerts of the environment that are pending or firing. */
  readonly alerts: readonly Alert[]
  /** As they came out of the observation before. */
  readonly standings: Standings
  /** How long a cause may take to show at the most: where reports come more often, only until the next. */
  readonly holdMs: number
  /** How often rules are evaluated; 10 s. */
  readonly evaluatedEveryMs?: number
}

export interface Investigated {
  readonly standings: Standings
  readonly decisions: readonly ExplainedDecision[]
  /** Alerts that were over before they were told or folded. */
  readonly missed: readonly Alert['id'][]
  /** When the next alert is due that is held. */
  readonly dueAt?: UnixMs
  /** How long a cause may take to show; absent where nothing was asked. */
  readonly holdMs?: number
}

const NO_MACHINES: Machines = new Map()

/**
 * Decides for one environment which alerts are told, which wait, and which are folded. Asks the series only while
 * there is something to decide. Never rejects: when the series cannot be read, alerts are told without a cause.
 */
export class Investigator {
  /** Times that the series could not be read; alarms beyond `maxExplained`. */
  readonly counters = { failed: 0, unexplained: 0 }
  readonly #options: Required<InvestigatorOptions>
  readonly #graphs: GraphReader
  readonly #explanations: Explanations

  constructor(options: InvestigatorOptions) {
    this.#options = { maxExplained: 20, ...options }
    this.#graphs = new GraphReader(options.query)
    this.#explanations = new Explanations(this.#options, this.counters)
  }

  async observe({ alerts, standings, ...timing }: Observed): Promise<Investigated> {
    const { at, evaluatedEveryMs } = timing
    const suspects = alerts.map(suspectOf)
    const firing = new Map(
      suspects.filter(({ isFiring }) => isFiring).map((suspect) => [suspect.alert, suspect]),
    )
    const open = [...firing.values()].filter((one) => isOpen(one, standings, firing))
    if (open.length === 0) return unchanged(standings, firing)
    const since = Math.min(...open.map((one) => one.since))
    const { query } = this.#options
    const graph = await this.#asked('the call graph', new CallGraph({ edges: [] }), () =>
      this.#graphs.read(at, since),
    )
    const machines = await this.#asked('failures by node', NO_MACHINES, () =>
      readMachines(query, suspects, open, { at, since }),
    )
    const causes = findCauses({ suspects, graph, machines })
    const holdMs = Math.min(timing.holdMs, graph.reportMs)
    const moment = { at, reportMs: graph.reportMs }
    const excuses =
      timing.holdMs > 0 ? await this.#excuses(causes, standings, moment) : new Map<string, never>()
    const excused = new Set(excuses.keys())
    const every = evaluatedEveryMs !== undefined && { evaluatedEveryMs }
    const held = hold(standings, { at, holdMs, ...every, causes, graph, excused })
    const explained = await this.#explanations.of(held.decisions, alerts, at)
    return { ...held, holdMs, decisions: withRestarts(explained, excuses) }
  }

  /** Restarts, by `keyOf` the matters that they explain, of which nobody was told. */
  async #excuses(
    causes: readonly Cause[],
    standings: Standings,
    moment: Moment,
  ): Promise<Map<string, NodeChange>> {
    const excuses = new Map<string, NodeChange>()
    for (const cause of causes) {
      const { matter, own, effects } = cause
      const all = [...own, ...effects.map(({ suspect }) => suspect)]
      const isNew = all.some(({ alert }) => isOpenStanding(standings.get(alert)))
      if (matter.kind === 'alert' || !isNew) continue
      const [restart, ...others] = await this.#asked('restarts', [], () =>
        Promise.all(
          [cause, ...onMachine(cause)].map((each) => expectedOf(this.#options.query, each, moment)),
        ),
      )
      // What else is in trouble with its machine must be as expected, too.
      if (restart && others.every((other) => other)) excuses.set(keyOf(matter), restart)
    }
    return excuses
  }

  /** `otherwise` when the series cannot be read. */
  async #asked<T>(what: string, otherwise: T, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      this.counters.failed++
      this.#options.log.warn({ error: messageOf(error) }, `${what} cannot be read`)
      return otherwise
    }
  }
}

/** Neither told nor folded, or folded into what is over. */
function isOpen(
  { alert, holds }: Suspect,
  standings: Standings,
  firing: ReadonlyMap<string, Suspect>,
): boolean {
  const standing = standings.get(alert)
  if (isOpenStanding(standing)) return holds || !standing?.isExcused
  return holds && standing?.into !== undefined && !firing.has(standing.into)
}

function isOpenStanding(standing: Standing | undefined): boolean {
  return !standing || standing.heldSince !== undefined || standing.isExcused === true
}

function unchanged(standings: Standings, firing: ReadonlyMap<string, Suspect>): Investigated {
  const left = [...standings].filter(([alert]) => firing.has(alert))
  const missed = [...standings].filter(
    ([alert, { heldSince }]) => heldSince !== undefined && !firing.has(alert),
  )
  return { standings: new Map(left), decisions: [], missed: missed.map(([alert]) => alert) }
}

function withRestarts(
  decisions: readonly ExplainedDecision[],
  excuses: ReadonlyMap<string, NodeChange>,
): ExplainedDecision[] {
  return decisions.map((decision) => {
    const restart = excuses.get(keyOf(decision.cause.matter))
    return decision.verdict === 'excuse' && restart ? { ...decision, restart } : decision
  })
}

/** The others that are in trouble with its machine, each as a cause. */
function onMachine({ machine, effects, impact }: Cause): Cause[] {
  return (machine?.others ?? []).map((service): Cause => {
    const own = effects.flatMap(({ suspect }) => (suspect.service === service ? suspect : []))
    return { matter: { kind: 'health', service }, own, effects: [], impact, explained: 0 }
  })
}
