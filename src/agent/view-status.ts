/** The agent's status for people: what `tars.viewstatus` answers. */
import type { FeedStatus } from '../model/polled.ts'
import type { UnixMs } from '../model/time.ts'
import type { AgentStatus } from './agent-servant.ts'
import type { ForwardStatus } from './forwarding.ts'
import { type DropStatus, dropsOf } from './self-report.ts'
import { SKEW_TOLERATED_MS } from './uplink/skew.ts'

type Shown =
  | 'version'
  | 'agent'
  | 'startedAt'
  | 'uptimeMs'
  | 'trouble'
  | 'diskFails'
  | 'feeds'
  | 'skewMs'
  | 'records'
  | 'batches'
  | 'bytes'
  | 'queuedBytes'
  | 'lagMs'
  | 'forward'

/** What is shown of the status. */
export type ViewedStatus = Pick<AgentStatus, Shown> & DropStatus

/** Lines; no secret is in them. */
export function viewStatus(status: ViewedStatus): string {
  const { version, agent, startedAt, uptimeMs, trouble, diskFails } = status
  const now = startedAt + uptimeMs
  const { rows, events, batches } = dropsOf(status)
  const disk = diskFails ? ', the disk fails: what is taken in is kept in memory only' : ''
  return [
    `Alarm.AgentServer ${version}, agent ${agent}, up ${ageOf(uptimeMs)}`,
    `trouble: ${trouble ?? 'none'}${disk}`,
    ...clockLines(status.skewMs),
    ...status.feeds.map((feed) => feedLine(feed, now)),
    `taken in: ${status.records} records, of that ${rows} rows and ${events} events left out`,
    `sent: ${status.batches} batches, ${bytesOf(status.bytes)}`,
    `queue: ${bytesOf(status.queuedBytes)}, the oldest ${ageOf(status.lagMs)} old, ` +
      `${batches} batches given up`,
    ...Object.entries(status.forward).map(([kind, forward]) => forwardLine(kind, forward)),
  ].join('\n')
}

function clockLines(skewMs: number | null): string[] {
  if (skewMs === null || Math.abs(skewMs) <= SKEW_TOLERATED_MS) return []
  const seconds = (Math.abs(skewMs) / 1_000).toFixed(1)
  return [`clock: ${seconds}s ${skewMs > 0 ? 'ahead of' : 'behind'} the cloud`]
}

function feedLine({ feed, state, why, reachedMs, records }: FeedStatus, now: UnixMs): string {
  const reason = why === '' ? '' : ` (${why})`
  const newest = reachedMs === 0 ? '' : `, the newest ${ageOf(Math.max(0, now - reachedMs))} old`
  return `feed ${feed}: ${state}${reason}, ${records} records${newest}`
}

function forwardLine(kind: string, forward: ForwardStatus): string {
  if (forward.state === 'off') return `forward ${kind}: off (${forward.why})`
  const { object, sent, queued, dropped } = forward
  return `forward ${kind}: to ${object}, ${sent} sent, ${queued} queued, ${dropped} dropped`
}

/** 3d 2h, 2h 5m, 5m 3s, 3s: two units are enough. */
function ageOf(ms: number): string {
  const s = Math.floor(ms / 1_000)
  if (s < 60) return `${s}s`
  const m = Math.floor(s / 60)
  if (m < 60) return `${m}m ${s % 60}s`
  const h = Math.floor(m / 60)
  return h < 24 ? `${h}h ${m % 60}m` : `${Math.floor(h / 24)}d ${h % 24}h`
}

function bytesOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`
  if (bytes < 2 ** 20) return `${(bytes / 1_024).toFixed(1)} KB`
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}
