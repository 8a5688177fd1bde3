/** The agent's side of the line to the cloud: batches go out, heartbeats bring the lease and the time. */
import type { FeedStatus } from '../model/polled.ts'
import type { UnixMs } from '../model/time.ts'
import type { Clock } from '../support/clock.ts'
import { BATCH_VERSION, type Heartbeat as HeartbeatBody } from '../wire/index.ts'
import type { AgentConfig } from './config.ts'
import { type ConfigKey, isChanged } from './config-change.ts'
import { processMeter } from './process-figures.ts'
import type { Spool } from './spool/spool.ts'
import { CloudClient } from './uplink/cloud-client.ts'
import { Heartbeat } from './uplink/heartbeat.ts'
import { Uplink, type UplinkOptions } from './uplink/uplink.ts'

/** Who speaks. */
export interface Speaker {
  readonly agent: string
  readonly epoch: string
  readonly host: string
  readonly version: string
  readonly startedAt: UnixMs
}

/** What a heartbeat tells beside. */
export interface Told {
  readonly feeds: readonly FeedStatus[]
  /** It could run the polling feeds. */
  readonly polls: boolean
  /** Rows, events and batches given up since the start. */
  readonly dropped: number
  /** Rows of which detail was folded. */
  readonly folded: number
}

export interface CloudLinkOptions extends Pick<UplinkOptions, 'setAside' | 'tell' | 'log'> {
  readonly config: AgentConfig
  readonly spool: Spool
  readonly speaker: Speaker
  readonly told: () => Told
  /** Of the machine, and the same put right. */
  readonly clocks: { readonly machine: Clock; readonly corrected: Clock }
  /** Real time that one try may take. */
  readonly timeoutMs?: number | undefined
}

/** Real time for the last word, by which another agent gets the lease at once. */
const FAREWELL_MS = 500
const MAX_WORDS = 500

const KEYS: readonly ConfigKey[] = ['cloudUrls', 'envKey', 'caFile', 'allowInsecure', 'httpProxy']

export class CloudLink {
  readonly uplink: Uplink
  readonly heartbeat: Heartbeat
  readonly #options: CloudLinkOptions
  readonly #figures = processMeter()
  #config: AgentConfig

  /** @throws {CloudFailure} */
  constructor(options: CloudLinkOptions) {
    const { spool, clocks, log, setAside, tell } = options
    this.#options = options
    this.#config = options.config
    const client = clientOf(options.config, options)
    const clock = clocks.corrected
    this.uplink = new Uplink({ source: spool, client, clock, log, setAside, tell })
    this.heartbeat = new Heartbeat({
      client: () => this.uplink.client,
      clock: clocks.machine,
      log,
      body: () => this.#body(),
    })
  }

  start(): void {
    this.uplink.start()
    this.heartbeat.start()
  }

  /** What was returned, when called, speaks as `config` says from then on. @throws {CloudFailure} */
  prepare(config: AgentConfig): () => void {
    if (!isChanged(this.#config, config, KEYS)) return () => {}
    const client = clientOf(config, this.#options)
    return () => {
      this.#config = config
      void this.uplink.use(client)
      this.heartbeat.beginAnew()
    }
  }

  /** When the cloud last took a batch; before that, when the agent was started. */
  get wellAt(): UnixMs {
    return Math.max(this.uplink.counts.lastSentAt, this.#options.speaker.startedAt)
  }

  /** Of the lease to poll, while it is ours. */
  get term(): number | undefined {
    return this.heartbeat.lease(this.#options.clocks.machine.now())
  }

  /** Sends what is left for `graceMs` of real time, and gives the lease back. */
  async stop(graceMs: number): Promise<void> {
    const held = this.term !== undefined
    await this.heartbeat.stop()
    const { client } = this.uplink
    const farewell = held && client && graceMs > 0 ? this.#farewell(client, graceMs) : undefined
    await within(graceMs, Promise.all([farewell, this.uplink.drained()]))
    await this.uplink.stop()
  }

  async #farewell(client: CloudClient, graceMs: number): Promise<void> {
    const signal = AbortSignal.timeout(Math.min(FAREWELL_MS, graceMs))
    await client.heartbeat({ ...this.#body(), polls: false }, signal)
  }

  #body(): HeartbeatBody {
    const { spool, speaker, told, clocks } = this.#options
    const now = clocks.corrected.now()
    const { feeds, polls, dropped, folded } = told()
    const { startedAt } = speaker
    return {
      ...{ ...speaker, startedAt: Math.max(0, Math.round(startedAt)) },
      ...{ sentAt: Math.max(0, now), polls, dropped, folded },
      feeds: feeds.map(spoken),
      lagMs: spool.lagMs(now),
      queuedBytes: spool.queuedBytes,
      queuedBatches: spool.queuedBatches,
      ...this.#figures(),
      skewMs: this.heartbeat.skewMs ?? null,
      trouble: (this.uplink.trouble ?? '').slice(0, MAX_WORDS),
      batchVersion: BATCH_VERSION,
    }
  }
}

function spoken({ feed, state, why, reachedMs, records }: FeedStatus): HeartbeatBody['feeds'][0] {
  const reached = Math.max(0, Math.round(reachedMs))
  return { feed, state, why: why.slice(0, MAX_WORDS), reachedMs: reached, records }
}

/** Undefined without a key. @throws {CloudFailure} */
function clientOf(
  { cloudUrls, envKey, caFile, allowInsecure, httpProxy }: AgentConfig,
  { timeoutMs }: Pick<CloudLinkOptions, 'timeoutMs'>,
): CloudClient | undefined {
  const client = new CloudClient({
    ...{ url: cloudUrls, envKey, caFile, allowInsecure, httpProxy },
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  return envKey === '' ? undefined : client
}

/** Real time: the platform that ends us counts in it. */
function within(graceMs: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, graceMs)
    void work.then(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
