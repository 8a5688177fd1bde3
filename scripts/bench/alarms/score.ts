/** Alarms against the truth: which incident each tells of, and what was told for nothing. Pure. */
import type { Labels } from '../../../src/model/labels.ts'
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, dayKind, MINUTE_MS } from './calendar.ts'
import type { Scenario } from './scenario.ts'
import type { Truth } from './truth.ts'

/** An alarm that somebody was told. */
export interface Told {
  /** The instant that was evaluated. */
  readonly at: UnixMs
  /** When it was known: the data had come and were evaluated. */
  readonly knownAt: UnixMs
  /** How long it waited for its cause. */
  readonly heldMs?: number
  readonly rule: string
  readonly severity: string
  /** What it names, `App.Server`; '' when none. */
  readonly service: string
  /** Whom it says to be at fault; absent where that is not known, or the service itself. */
  readonly cause?: string
  readonly labels: Labels
  readonly value: number
}

type Place = Pick<Told, 'at' | 'service' | 'labels'>

/** An alarm may come so long after the end of what it tells of. */
const AFTERMATH_MS = 15 * MINUTE_MS
/** To be of use it comes by then. */
const LATE_MS = 5 * MINUTE_MS
/** What a deploy causes shows for so long. */
const DEPLOY_MS = 15 * MINUTE_MS
/** What is small and short shows for so long. */
const BLIP_MS = 10 * MINUTE_MS

export interface IncidentResult {
  readonly truth: Truth
  /** Oldest first. */
  readonly alarms: readonly Told[]
  readonly isFound: boolean
  /** From when it must be told to the first alarm of it, milliseconds; 0 if that came earlier. */
  readonly delayMs: number | undefined
  /** All that was told first names a service at fault. */
  readonly isCauseNamed: boolean
}

export interface FalseAlarm {
  readonly told: Told
  readonly where: string
  /** In the part in which nothing goes wrong. */
  readonly isClean: boolean
  readonly circumstance: Circumstance
}

export const CIRCUMSTANCES = [
  'deploy',
  'blip',
  'new service',
  'yesterday’s incident',
  'job',
  'holiday',
  'weekend',
  'night',
  'plain',
] as const
export type Circumstance = (typeof CIRCUMSTANCES)[number]

export interface Score {
  readonly incidents: readonly IncidentResult[]
  readonly falseAlarms: readonly FalseAlarm[]
  /** Weeks of a service: without incidents, and with them. */
  readonly cleanServiceWeeks: number
  readonly serviceWeeks: number
}

export function scoreOf(
  scenario: Scenario,
  truths: readonly Truth[],
  told: readonly Told[],
): Score {
  const alarms = [...told].sort((a, b) => a.at - b.at)
  const byIncident = new Map<Truth, Told[]>(truths.map((truth) => [truth, []]))
  const falseAlarms: FalseAlarm[] = []
  const from = scenario.start + scenario.warmUpDays * DAY_MS
  const endMs = from + scenario.days * DAY_MS
  const cleanUntil = Math.min(endMs, ...truths.map(({ fromMs }) => fromMs))
  for (const alarm of alarms) {
    const truth = incidentOf(alarm, truths)
    if (truth) byIncident.get(truth)?.push(alarm)
    else {
      falseAlarms.push({
        ...{ told: alarm, where: scenario.name, isClean: alarm.at <= cleanUntil },
        circumstance: circumstanceOf(alarm, scenario, truths),
      })
    }
  }
  const weeks = (milliseconds: number) => (scenario.services.length * milliseconds) / (7 * DAY_MS)
  return {
    incidents: truths.map((truth) => resultOf(truth, byIncident.get(truth) ?? [])),
    falseAlarms,
    cleanServiceWeeks: weeks(cleanUntil - from),
    serviceWeeks: weeks(endMs - from),
  }
}

/** Of those that it may tell of the one that began last. */
export function incidentOf(told: Place, truths: readonly Truth[]): Truth | undefined {
  const { at, service } = told
  return truths
    .filter(({ fromMs, toMs, affected, nodes }) => {
      if (at < fromMs || at > toMs + AFTERMATH_MS) return false
      return service === '' ? nodes.includes(nodeOf(told)) : affected.includes(service)
    })
    .reduce<Truth | undefined>((last, each) => {
      return !last || each.fromMs > last.fromMs ? each : last
    }, undefined)
}

function resultOf(truth: Truth, alarms: readonly Told[]): IncidentResult {
  const [first] = alarms
  const isFound = first !== undefined && first.at <= truth.toMs + LATE_MS
  const together = alarms.filter(({ at }) => at === first?.at)
  return {
    ...{ truth, alarms, isFound },
    delayMs: isFound ? Math.max(0, first.knownAt - truth.tellableMs) : undefined,
    isCauseNamed: isFound && together.every((told) => namesCause(told, truth)),
  }
}

/** An alarm that names no service may name a node. */
function namesCause(told: Told, { causes, nodes }: Truth): boolean {
  const service = told.cause || told.service
  return service === '' ? nodes.includes(nodeOf(told)) : causes.includes(service)
}

function nodeOf({ labels }: Place): string {
  return labels.node || labels.callee_ip || labels.ip || ''
}

function circumstanceOf(
  { at, service, labels }: Told,
  scenario: Scenario,
  truths: readonly Truth[],
): Circumstance {
  const { deploys, services, jobs, blips } = scenario
  const isDeployed = deploys.some(
    (deploy) => deploy.service === service && at >= deploy.at && at <= deploy.at + DEPLOY_MS,
  )
  if (isDeployed) return 'deploy'
  // Whoever calls or is called may notice: time alone decides.
  if (blips.some((blip) => at >= blip.at && at <= blip.at + BLIP_MS)) return 'blip'
  const { from } = services.find(({ name }) => name === service) ?? {}
  if (from !== undefined && at >= from && at < from + 2 * DAY_MS) return 'new service'
  const aDayOn = (days: number) => incidentOf({ at: at - days * DAY_MS, service, labels }, truths)
  if (aDayOn(1) || aDayOn(7)) return 'yesterday’s incident'
  if (jobs.some(({ callee }) => callee === service)) return 'job'
  const kind = dayKind(at)
  if (kind !== 'workday') return kind
  const hour = new Date(at + 8 * 3_600_000).getUTCHours()
  return hour < 7 ? 'night' : 'plain'
}
