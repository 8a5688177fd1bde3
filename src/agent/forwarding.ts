/** Which of the framework's objects get what arrives here, and how that goes. */
import { systemClock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { type Communicator, closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import { rawObject } from '../tars/proxy.ts'
import type { AgentConfig } from './config.ts'
import type { ConfigKey } from './config-change.ts'
import { type ForwardCounts, Forwarder } from './feeds/forward.ts'
import type { Target } from './feeds/forward-target.ts'
import type { Forwarders } from './feeds/subscribe.ts'
import { frameworkTarget, type ReportKind } from './hosting.ts'
import type { TarsIdentity } from './identity.ts'

/** Of one kind: where to and how much, or why not. */
export type ForwardStatus =
  | Extract<Target, { state: 'off' }>
  | ({ readonly state: 'on'; readonly object: string; readonly queued: number } & ForwardCounts)

export type ForwardingStatus = Readonly<Record<ReportKind, ForwardStatus>>

/** Of statistics and properties. */
const MAX_AGE_MS = 60_000

const NOTHING: ForwardCounts = { sent: 0, dropped: 0, failed: 0 }

const KEYS = {
  stat: 'forwardStat',
  property: 'forwardProperty',
  notify: 'forwardNotify',
} as const satisfies Record<ReportKind, ConfigKey>

const KINDS = ['stat', 'property', 'notify'] as const satisfies readonly ReportKind[]

export class Forwarding implements Forwarders {
  readonly #identity: TarsIdentity
  readonly #log: Log
  #config: AgentConfig
  readonly #communicator: Communicator
  readonly #opened: Record<ReportKind, Opened>

  constructor(identity: TarsIdentity, config: AgentConfig, log: Log) {
    this.#identity = identity
    this.#log = log
    this.#config = config
    this.#communicator = openCommunicator(identity.locator)
    this.#opened = {
      stat: this.#open('stat'),
      property: this.#open('property'),
      notify: this.#open('notify'),
    }
  }

  get stat(): Forwarder | undefined {
    return this.#opened.stat.forwarder
  }

  get property(): Forwarder | undefined {
    return this.#opened.property.forwarder
  }

  get notify(): Forwarder | undefined {
    return this.#opened.notify.forwarder
  }

  status(): ForwardingStatus {
    const { stat, property, notify } = this.#opened
    return { stat: statusOf(stat), property: statusOf(property), notify: statusOf(notify) }
  }

  /** As this config says from now on; of what is no longer as it was, what waits is forgotten. */
  adopt(config: AgentConfig): void {
    const before = this.#config
    this.#config = config
    for (const kind of KINDS) {
      if (before[KEYS[kind]] === config[KEYS[kind]]) continue
      this.#opened[kind].forwarder?.stop()
      this.#opened[kind] = this.#open(kind)
    }
  }

  close(): void {
    for (const { forwarder } of Object.values(this.#opened)) forwarder?.stop()
    closeCommunicator(this.#communicator)
  }

  #open(kind: ReportKind): Opened {
    const mode = this.#config[KEYS[kind]]
    const target = frameworkTarget(this.#identity, kind, mode)
    if (target.state === 'on') return this.#forwarderTo(target.object, kind)
    if (mode === 'on') this.#log.warn({ why: target.why }, `forward: forward_${kind} cannot be on`)
    return { target }
  }

  #forwarderTo(object: string, kind: ReportKind): Opened {
    const log = this.#log
    try {
      const target = rawObject(this.#communicator, object)
      const maxAgeMs = kind === 'notify' ? Number.POSITIVE_INFINITY : MAX_AGE_MS
      const forwarder = new Forwarder({ target, object, clock: systemClock, log, maxAgeMs })
      return { target: { state: 'on', object }, forwarder }
    } catch (error) {
      log.warn({ object, error: messageOf(error) }, 'forward: the target cannot be called')
      return { target: { state: 'off', why: 'bad-target' } }
    }
  }
}

interface Opened {
  readonly target: Target
  readonly forwarder?: Forwarder
}

function statusOf({ target, forwarder }: Opened): ForwardStatus {
  if (target.state === 'off') return target
  const { queued = 0, counts = NOTHING } = forwarder ?? {}
  return { ...target, queued, ...counts }
}
