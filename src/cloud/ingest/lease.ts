/** Which agent of an environment runs the polling feeds: a lease whose term grows with each holder. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Heartbeat } from '../../wire/index.ts'
import type { Lease } from './ports.ts'

/** An agent asks every 10 s: it may miss one time. */
export const LEASE_TTL_MS = 20_000
/** An agent heard within this time counts as alive. */
export const ALIVE_MS = 30_000
/** A holder that reads nothing for longer gives way. */
const IDLE_MS = 60_000

/** What a heartbeat says that matters here. */
export type LeaseAsk = Pick<Heartbeat, 'agent' | 'epoch' | 'startedAt' | 'polls' | 'feeds'>

export interface LeaseDecision {
  /** To be kept; undefined: nobody ever had it. */
  readonly lease: Lease | undefined
  /** Whether it is the asking agent's for the next `LEASE_TTL_MS`. */
  readonly granted: boolean
}

/**
 * `othersPoll`: another agent could poll and is alive. A lease is over by the cloud's clock; when that
 * was put back, it still ends within `LEASE_TTL_MS`.
 */
export function decideLease(
  kept: Lease | undefined,
  ask: LeaseAsk,
  now: UnixMs,
  othersPoll: boolean,
): LeaseDecision {
  if (!kept)
    return ask.polls ? grant(nextTerm(0, now), ask, now) : { lease: undefined, granted: false }
  const lease = { ...kept, expiresAt: Math.min(kept.expiresAt, now + LEASE_TTL_MS) }
  if (ask.agent === lease.agent && ask.epoch === lease.epoch) {
    return renew(lease, ask, now, othersPoll)
  }
  const isFree = now >= lease.expiresAt || isRestarted(ask, lease)
  return isFree && ask.polls
    ? grant(nextTerm(lease.term, now), ask, now)
    : { lease, granted: false }
}

/** Higher than any before, also when the store was put back to an earlier state. */
function nextTerm(before: number, now: UnixMs): number {
  return Math.max(before + 1, Math.floor(now / 1000))
}

function grant(term: number, ask: LeaseAsk, now: UnixMs): LeaseDecision {
  const { agent, epoch, startedAt } = ask
  const lease = { agent, epoch, startedAt, term, expiresAt: now + LEASE_TTL_MS }
  return { lease: { ...lease, ...(isIdle(ask) && { idleSince: now }) }, granted: true }
}

function renew(
  { idleSince, ...lease }: Lease,
  ask: LeaseAsk,
  now: UnixMs,
  othersPoll: boolean,
): LeaseDecision {
  // It stopped by itself: nobody need wait.
  if (!ask.polls) {
    return { lease: { ...lease, expiresAt: Math.min(lease.expiresAt, now) }, granted: false }
  }
  if (!isIdle(ask)) {
    return { lease: { ...lease, expiresAt: now + LEASE_TTL_MS }, granted: true }
  }
  const since = Math.min(idleSince ?? now, now)
  // It may not hear that it is refused: what it has runs out by itself.
  if (othersPoll && now - since > IDLE_MS) {
    return { lease: { ...lease, idleSince: since }, granted: false }
  }
  return { lease: { ...lease, idleSince: since, expiresAt: now + LEASE_TTL_MS }, granted: true }
}

/** A later process of the same agent: the one before is gone. An earlier one is a copy, or its late request. */
function isRestarted(ask: LeaseAsk, lease: Lease): boolean {
  return ask.agent === lease.agent && ask.startedAt > lease.startedAt
}

function isIdle({ feeds }: LeaseAsk): boolean {
  const polling = feeds.filter(({ feed }) => feed !== 'subscribe')
  return polling.length > 0 && polling.every(({ state }) => state === 'off')
}
