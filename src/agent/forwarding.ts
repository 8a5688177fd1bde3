/** Which of the framework's objects get what arrives here, and how that goes. */
import { systemClock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { type Communicator, closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import { rawObject } from '../tars/proxy.ts'
import type { AgentConfig } from './config.ts'
import { type ForwardCounts, Forwarder, type ForwardMode } from './feeds/forward.ts'
import { type Target, targetOf } from './feeds/forward-target.ts'
import type { Forwarders } from './feeds/subscribe.ts'
import type { TarsIdentity } from './identity.ts'

type Kind = 'stat' | 'property' | 'notify'

/** Of one kind: where to and how much, or why not. */
export type ForwardStatus =
  | Extract<Target, { state: 'off' }>
  | ({ readonly state: 'on'; readonly object: string; readonly queued: number } & ForwardCounts)

export type ForwardingStatus = Readonly<Record<Kind, ForwardStatus>>

export interface Forwarding {
  readonly forwarders: Forwarders
  status(): ForwardingStatus
  close(): void
}

/** Of statistics and properties. */
const MAX_AGE_MS = 60_000

const NOTHING: ForwardCounts = { sent: 0, dropped: 0, failed: 0 }

const STANDARD: Readonly<Record<Kind, string>> = {
  stat: 'tars.tarsstat.StatObj',
  property: 'tars.tarsproperty.PropertyObj',
  notify: 'tars.tarsnotify.NotifyObj',
}

export function openForwarding(identity: TarsIdentity, config: AgentConfig, log: Log): Forwarding {
  const { locator } = identity
  const communicator = openCommunicator(locator)
  const open = (kind: Kind, mode: ForwardMode) => {
    const target = targetFor(kind, mode, identity)
    if (target.state === 'on') return openOne(kind, target.object, communicator, log)
    if (mode === 'on') log.warn({ why: target.why }, `forward: forward_${kind} cannot be on`)
    return { target }
  }
  const stat = open('stat', config.forwardStat)
  const property = open('property', config.forwardProperty)
  const notify = open('notify', config.forwardNotify)
  return {
    forwarders: {
      stat: stat.forwarder,
      property: property.forwarder,
      notify: notify.forwarder,
    },
    status: () => ({
      stat: statusOf(stat),
      property: statusOf(property),
      notify: statusOf(notify),
    }),
    close() {
      for (const { forwarder } of [stat, property, notify]) forwarder?.stop()
      closeCommunicator(communicator)
    },
  }
}

interface Opened {
  readonly target: Target
  readonly forwarder?: Forwarder
}

function openOne(kind: Kind, object: string, communicator: Communicator, log: Log): Opened {
  try {
    const target = rawObject(communicator, object)
    const maxAgeMs = kind === 'notify' ? Number.POSITIVE_INFINITY : MAX_AGE_MS
    const forwarder = new Forwarder({ target, object, clock: systemClock, log, maxAgeMs })
    return { target: { state: 'on', object }, forwarder }
  } catch (error) {
    log.warn({ object, error: messageOf(error) }, 'forward: the target cannot be called')
    return { target: { state: 'off', why: 'bad-target' } }
  }
}

function targetFor(kind: Kind, mode: ForwardMode, identity: TarsIdentity): Target {
  return targetOf({
    mode,
    named: identity[kind],
    standard: STANDARD[kind],
    server: `${identity.app}.${identity.server}`,
    listening: identity.adapters.map(({ endpoint }) => endpoint),
    hasLocator: identity.locator !== undefined,
  })
}

function statusOf({ target, forwarder }: Opened): ForwardStatus {
  if (target.state === 'off') return target
  const { queued = 0, counts = NOTHING } = forwarder ?? {}
  return { ...target, queued, ...counts }
}
