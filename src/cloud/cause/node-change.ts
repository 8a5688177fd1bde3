/** What people did to nodes: restarts, stops, publishes, new versions; and what of it explains an alert. Pure. */
import type { NotifyEvent } from '../../model/event.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Symptom } from './symptom.ts'

export interface NodeChange {
  readonly at: UnixMs
  /** `App.Server`. */
  readonly service: string
  readonly node: string
  /** `crash`: nobody wanted it. A restart that follows one is part of it. */
  readonly kind: 'restart' | 'stop' | 'publish' | 'version' | 'crash'
  /** Of a new version, that of TARS. */
  readonly version?: string
}

/** A restart so soon after a crash is its consequence. */
export const AFTER_CRASH_MS = 180_000

/** Oldest first. Sources of the texts: TarsFramework AdminRegistry, `normalise-notify.ts`. */
export function changesOf(events: readonly NotifyEvent[]): NodeChange[] {
  return events
    .flatMap((event): NodeChange[] => {
      const kind = kindOf(event)
      const { at, module, node } = event
      return kind && module !== '' && node !== '' ? [{ at, service: module, node, kind }] : []
    })
    .toSorted((a, b) => a.at - b.at)
}

const COMMANDS: readonly (readonly [RegExp, NodeChange['kind']])[] = [
  [/^patch/, 'publish'],
  [/^(re)?start server(?! error)/, 'restart'],
  [/^stop server(?! error)/, 'stop'],
]

function kindOf({ kind, text }: NotifyEvent): NodeChange['kind'] | undefined {
  if (kind === 'restart' || kind === 'stop') return kind
  if (kind === 'down' || kind === 'zombie' || kind === 'exit') return 'crash'
  if (kind === 'command') return COMMANDS.find(([pattern]) => pattern.test(text))?.[1]
  return undefined
}

/** A version of TARS that reports from a node. */
export interface NodeVersion {
  readonly node: string
  readonly version: string
}

/** Versions that a known node did not report before. */
export function newVersions(
  service: string,
  at: UnixMs,
  before: readonly NodeVersion[],
  now: readonly NodeVersion[],
): NodeChange[] {
  return now.flatMap(({ node, version }) => {
    const known = before.filter((each) => each.node === node)
    const isNew = known.length > 0 && known.every((each) => each.version !== version)
    return isNew && version !== '' ? [{ at, service, node, kind: 'version', version }] : []
  })
}

/** Without crashes, and without what they entail. */
export function intended(changes: readonly NodeChange[]): readonly NodeChange[] {
  const crashes = changes.filter(({ kind }) => kind === 'crash')
  return changes.filter(
    ({ kind, at, service, node }) =>
      kind !== 'crash' &&
      !crashes.some(
        (crash) =>
          crash.service === service &&
          crash.node === node &&
          crash.at <= at &&
          at - crash.at < AFTER_CRASH_MS,
      ),
  )
}

/** Within `withinMs` before `at`, the newest first. */
export function recentChanges(
  changes: readonly NodeChange[],
  service: string,
  at: UnixMs,
  withinMs: number,
): NodeChange[] {
  return changes
    .filter((change) => change.service === service)
    .filter((change) => change.at <= at && at - change.at <= withinMs)
    .toSorted((a, b) => b.at - a.at)
}

export interface RestartOptions {
  /** How long a node takes to come back. */
  readonly graceMs: number
  /** The restarted nodes make up at least this part of the excess. */
  readonly minShare: number
}

export const RESTART: RestartOptions = { graceMs: 120_000, minShare: 0.8 }

/** What a node that restarts may cause for a while. */
const SYMPTOMS: readonly Symptom[] = ['traffic', 'silent', 'down', 'failures']

/** What people did that lets a node come back, the newest first. */
export function restartsOf(
  changes: readonly NodeChange[],
  service: string,
  at: UnixMs,
  graceMs = RESTART.graceMs,
): NodeChange[] {
  return recentChanges(intended(changes), service, at, graceMs).filter(
    ({ kind }) => kind !== 'version',
  )
}

export interface Shortfall {
  readonly service: string
  readonly symptom: Symptom
  /** Parts of the excess, 0 to 1, by node. */
  readonly shares: ReadonlyMap<string, number>
}

/**
 * The nodes that make up the trouble are those that somebody has just restarted: it is not told before
 * `graceMs` after the last restart. Trouble of other nodes is not excused.
 */
export function isExpectedOfRestart(
  { service, symptom, shares }: Shortfall,
  changes: readonly NodeChange[],
  at: UnixMs,
  { graceMs, minShare }: RestartOptions = RESTART,
): boolean {
  if (!SYMPTOMS.includes(symptom)) return false
  const restarted = restartsOf(changes, service, at, graceMs).map(({ node }) => node)
  const share = [...new Set(restarted)].reduce((all, node) => all + (shares.get(node) ?? 0), 0)
  return share >= minShare
}
