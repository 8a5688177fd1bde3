/**
 * The feed of what servers report themselves: the agent stands where tarsstat, tarsproperty and
 * tarsnotify do. Statistics and properties are answered at once; a notify only when it is durable.
 */
import type { NotifyEvent } from '../../model/event.ts'
import type { FeedStatus } from '../../model/polled.ts'
import type { PropertyRow } from '../../model/property.ts'
import type { StatValues } from '../../model/stat.ts'
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { NotifyF } from '../../tars/idl/notify-f.ts'
import { PropertyF } from '../../tars/idl/property-f.ts'
import { StatF } from '../../tars/idl/stat-f.ts'
import { decodeNotifyReport, NOTIFY_REPORT_FUNCTIONS } from '../../tars/notify-report.ts'
import { PropertyDecoder } from '../../tars/property-report.ts'
import { type Call, type Servant, type ServantFunction, UNKNOWN_ERROR } from '../../tars/servant.ts'
import { StatDecoder } from '../../tars/stat-report.ts'
import { type Forwarder, wasForwarded } from './forward.ts'
import { normaliseNotify } from './normalise-notify.ts'
import { normaliseProperty } from './normalise-property.ts'
import { normaliseStat, type TakeStat } from './normalise-stat.ts'
import { ReportIntervals } from './report-interval.ts'
import { type Sender, type SpanOf, senderOf } from './sender.ts'
import { type KnownKey, StatHead } from './stat-head.ts'
import { noCounts, statusOf } from './subscribe-status.ts'
import { Titles } from './titles.ts'

/** Where the records go. */
export interface Intake {
  /** The values are good during the call only. */
  stat(at: UnixMs, known: KnownKey, values: StatValues): void
  property(at: UnixMs, row: PropertyRow): void
  /** Resolves when the event is durable. */
  event(event: NotifyEvent): Promise<void>
}

/** Who passes on what arrives; absent: nobody. */
export interface Forwarders {
  readonly stat?: Forwarder | undefined
  readonly property?: Forwarder | undefined
  readonly notify?: Forwarder | undefined
}

export interface SubscribeOptions {
  readonly intake: Intake
  /** Whether what arrives is taken in, not only passed on; asked for each packet. True by default. */
  readonly isWanted?: () => boolean
  /** Asked for each packet: they may be others tomorrow. */
  readonly forwarders?: Forwarders
  /** Shared with whoever else makes events. */
  readonly titles?: Titles
  readonly now: () => UnixMs
  readonly log: Log
}

const STAT_TAKEN = StatF.reportMicMsg.response.encode({ ret: 0 })
const PROPERTY_TAKEN = PropertyF.reportPropMsg.response.encode({ ret: 0 })
const NOTIFY_TAKEN = NotifyF.reportNotifyInfo.response.encode({})

export class SubscribeFeed {
  readonly counts = noCounts()
  readonly #options: SubscribeOptions
  readonly #forwarders: Forwarders
  readonly #statDecoder = new StatDecoder((head) => new StatHead(head))
  readonly #propertyDecoder = new PropertyDecoder()
  readonly #intervals = new ReportIntervals()
  readonly #titles: Titles

  constructor(options: SubscribeOptions) {
    this.#options = options
    this.#forwarders = options.forwarders ?? {}
    this.#titles = options.titles ?? new Titles()
  }

  /** What arrives is taken in. */
  get isWanted(): boolean {
    return this.#options.isWanted?.() ?? true
  }

  status(now: UnixMs): FeedStatus {
    return statusOf(this.counts, now)
  }

  /** The servants of `server`, e.g. `Alarm.AgentServer`. */
  servants(server: string): Servant[] {
    const notify = this.#guarded((body, call) => this.#takeNotify(body, call))
    return [
      {
        name: `${server}.StatObj`,
        functions: {
          reportMicMsg: this.#guarded((body, call) => this.#takeStat(body, call)),
          reportSampleMsg: this.#guarded((body, call) => this.#takeSample(body, call)),
        },
      },
      {
        name: `${server}.PropertyObj`,
        functions: {
          reportPropMsg: this.#guarded((body, call) => this.#takeProperty(body, call)),
        },
      },
      {
        name: `${server}.NotifyObj`,
        functions: Object.fromEntries(NOTIFY_REPORT_FUNCTIONS.map((name) => [name, notify])),
      },
    ]
  }

  /** What an agent has passed on is counted already, and must not go round. */
  #guarded(take: ServantFunction): ServantFunction {
    return (body, call) => {
      if (!wasForwarded(call)) return take(body, call)
      this.counts.loops++
      if (this.counts.loops === 1) {
        const { host, functionName } = call
        this.#options.log.error({ host, functionName }, 'forward: what was passed on came back')
      }
      call.respondError(UNKNOWN_ERROR, 'refused: an agent has passed this on already')
    }
  }

  /** Samples of call chains: nobody asks for them here. */
  #takeSample(body: Buffer, call: Call): void {
    this.#forwarders.stat?.pass(body, call)
    call.respond(STAT_TAKEN)
  }

  #takeStat(body: Buffer, call: Call): void {
    const report = this.#statDecoder.decode(body)
    this.#forwarders.stat?.pass(body, call)
    if (!this.isWanted) return call.respond(STAT_TAKEN)
    const at = this.#heard()
    this.counts.statPackets++
    const sender = senderOf(call)
    const { intake } = this.#options
    const take: TakeStat = (known, values) => intake.stat(at, known, values)
    this.counts.badRecords += normaliseStat(report, sender, this.#spanOf(sender, at), take)
    call.respond(STAT_TAKEN)
  }

  #takeProperty(body: Buffer, call: Call): void {
    const report = this.#propertyDecoder.decode(body)
    this.#forwarders.property?.pass(body, call)
    if (!this.isWanted) return call.respond(PROPERTY_TAKEN)
    const at = this.#heard()
    this.counts.propertyPackets++
    const sender = senderOf(call)
    const { rows, bad } = normaliseProperty(report, sender, this.#spanOf(sender, at))
    for (const row of rows) this.#options.intake.property(at, row)
    this.counts.badRecords += bad
    call.respond(PROPERTY_TAKEN)
  }

  async #takeNotify(body: Buffer, call: Call): Promise<void> {
    const via = NOTIFY_REPORT_FUNCTIONS.find((name) => name === call.functionName)
    if (!via) throw new RangeError(`${call.functionName} reports no notify`)
    const { info } = decodeNotifyReport(via, body)
    this.#forwarders.notify?.pass(body, call)
    if (!this.isWanted) return call.respond(NOTIFY_TAKEN)
    this.counts.notifyPackets++
    const event = normaliseNotify(info, senderOf(call), this.#heard())
    const title = this.#titles.admit(event.module, event.title, event.at)
    try {
      await this.#options.intake.event({ ...event, title })
    } catch (error) {
      this.#lose(error, call)
      return
    }
    call.respond(NOTIFY_TAKEN)
  }

  #lose(error: unknown, call: Call): void {
    this.counts.lostNotifies++
    // Told when it begins, not each time.
    if (this.counts.lostNotifies === 1) {
      this.#options.log.error({ error: messageOf(error) }, 'a notify was lost')
    }
    call.respondError(UNKNOWN_ERROR, 'the notify could not be stored')
  }

  #heard(): UnixMs {
    this.counts.heardAt = this.#options.now()
    return this.counts.heardAt
  }

  /** A packet is mostly of one module: asked again for the same, it answers at once. */
  #spanOf({ host, port }: Sender, at: UnixMs): SpanOf {
    let lastModule: string | undefined
    let lastSpanMs = 0
    return (module) => {
      if (module !== lastModule) {
        lastSpanMs = this.#intervals.heard(module, `${host}:${port}`, at)
        lastModule = module
      }
      return lastSpanMs
    }
  }
}
