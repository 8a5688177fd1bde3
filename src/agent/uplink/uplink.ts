/**
 * Hands batches to the cloud, one after the other, until each is taken or refused for good.
 *
 * Trouble is told when it begins, changes and ends, not at each try. While the key is wrong or
 * missing, batches are kept and the cloud is asked rarely.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { SpoolRecord } from '../spool/record.ts'
import type { Spooled } from '../spool/spool.ts'
import type { CloudClient } from './cloud-client.ts'
import type { BatchSource } from './ports.ts'
import { type Answer, type Trouble, verdictOf } from './verdict.ts'

export interface UplinkOptions {
  readonly source: BatchSource
  /** Undefined without a key: batches are kept, none is sent. */
  readonly client: CloudClient | undefined
  readonly clock: Clock
  readonly log: Log
  /** Keeps a batch that was refused for good; returns where. */
  readonly setAside: (record: SpoolRecord) => string
  /** What an operator should know, at most once a change. */
  readonly tell: (level: 'normal' | 'error', message: string) => void
}

export interface UplinkCounts {
  batchesOut: number
  bytesOut: number
  tries: number
  refused: number
  /** Of the last batch taken; 0 before. */
  lastSentAt: UnixMs
}

export type UplinkTrouble = Trouble | 'no-key'

const KEY_HELP =
  'copy 环境标示 (env_key) from the card of your environment in the alarm console into ' +
  'AgentServer.conf (TarsWeb, 服务配置 of Alarm.AgentServer), then restart this server'

const MESSAGES: Record<UplinkTrouble, string> = {
  'no-key': `env_key is missing, nothing is sent to the cloud and no alarm will come: ${KEY_HELP}`,
  key: `the cloud does not know this env_key, so no alarm will come: ${KEY_HELP}`,
  unreachable: 'the cloud cannot be reached; batches are kept and sent later',
  busy: 'the cloud takes nothing at present; batches are kept and sent later',
  'wrong-address': 'what answers is not the alarm cloud: check cloud_url in AgentServer.conf',
}

/** Troubles that need a person, at once. The others are told to TarsWeb when they last. */
const NEEDS_PERSON: readonly UplinkTrouble[] = ['no-key', 'key', 'wrong-address']
const LASTS_MS = 300_000

export class Uplink {
  readonly counts: UplinkCounts = {
    batchesOut: 0,
    bytesOut: 0,
    tries: 0,
    refused: 0,
    lastSentAt: 0,
  }
  readonly #options: UplinkOptions
  readonly #stopping = new AbortController()
  #trouble: UplinkTrouble | undefined
  #troubleSince: UnixMs = 0
  /** What was logged last of the trouble. */
  #logged = ''
  #told = false
  #running: Promise<void> | undefined
  #busy = false
  #wake: () => void = () => {}
  #drained: (() => void)[] = []

  constructor(options: UplinkOptions) {
    this.#options = options
    options.source.onChange(() => this.#wake())
  }

  get trouble(): UplinkTrouble | undefined {
    return this.#trouble
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when everything has been sent, or there is trouble. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#checkDrained()
    })
  }

  /** Gives up what is under way; it is sent again after the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#running
    await this.#options.client?.close()
  }

  async #run(): Promise<void> {
    const { source, client } = this.#options
    if (!client) {
      this.#enter('no-key', undefined)
      return
    }
    while (!this.#stopping.signal.aborted) {
      const next = source.peek()
      this.#busy = next !== undefined
      this.#checkDrained()
      if (next) await this.#send(next, client)
      else await this.#sleep(undefined)
    }
  }

  /** Until this batch is taken, refused, gone from the spool, or the agent stops. */
  async #send(spooled: Spooled, client: CloudClient): Promise<void> {
    const { clock, source } = this.#options
    const { signal } = this.#stopping
    for (let attempt = 1; !signal.aborted; attempt++) {
      this.counts.tries++
      const answer = await client.post(spooled.record.bytes, signal)
      if (signal.aborted && answer.kind === 'failed') return
      const verdict = verdictOf(answer, attempt, clock.now())
      if (verdict.act !== 'retry') {
        this.#settle(spooled, verdict.act, answer)
        return
      }
      // A connection that was closed while idle shows at the first try: no trouble yet.
      if (attempt > 1 || answer.kind === 'answered') this.#enter(verdict.trouble, answer)
      await this.#sleep(verdict.afterMs)
      // It may have been dropped meanwhile: the oldest goes first.
      if (!isSame(source.peek(), spooled)) return
    }
  }

  #settle(spooled: Spooled, act: 'ack' | 'set-aside', answer: Answer): void {
    const { source, log, clock } = this.#options
    const { entry, bytes } = spooled.record
    if (act === 'ack') {
      this.counts.batchesOut++
      this.counts.bytesOut += bytes.length
      this.counts.lastSentAt = clock.now()
    } else {
      this.counts.refused++
      const file = this.#setAside(spooled.record)
      log.error({ ...answer, batch: entry.id, file }, 'uplink: the cloud refused a batch for good')
    }
    source.ack(spooled)
    this.#leave()
  }

  /** Where it is kept; a full disk must not keep the other batches waiting. */
  #setAside(record: SpoolRecord): string {
    try {
      return this.#options.setAside(record)
    } catch (error) {
      return `not kept: ${messageOf(error)}`
    }
  }

  #enter(trouble: UplinkTrouble, answer: Answer | undefined): void {
    const { log, clock, tell } = this.#options
    if (this.#trouble === undefined) this.#troubleSince = clock.now()
    if (trouble !== this.#trouble) this.#told = false
    this.#trouble = trouble
    this.#checkDrained()
    const said = JSON.stringify({ trouble, ...answer })
    if (said !== this.#logged) log.error({ ...answer }, `uplink: ${MESSAGES[trouble]}`)
    this.#logged = said
    const lasts = clock.now() - this.#troubleSince >= LASTS_MS
    if (this.#told || (!lasts && !NEEDS_PERSON.includes(trouble))) return
    this.#told = true
    tell('error', MESSAGES[trouble])
  }

  #leave(): void {
    if (this.#trouble === undefined) return
    this.#options.log.info({ trouble: this.#trouble }, 'uplink: the cloud takes batches again')
    if (this.#told) this.#options.tell('normal', 'the cloud takes batches again')
    this.#trouble = undefined
    this.#logged = ''
    this.#told = false
  }

  /** Until there is more to send, or for `delayMs`: then new batches wake nobody. */
  #sleep(delayMs: number | undefined): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    const { clock } = this.#options
    return new Promise((resolve) => {
      const cancel = delayMs === undefined ? () => {} : clock.after(delayMs, resolve)
      this.#wake = () => {
        if (delayMs !== undefined && !this.#stopping.signal.aborted) return
        cancel()
        resolve()
      }
    })
  }

  #checkDrained(): void {
    if (this.#trouble === undefined && (this.#busy || this.#options.source.peek())) return
    for (const resolve of this.#drained.splice(0)) resolve()
  }
}

function isSame(a: Spooled | undefined, b: Spooled): boolean {
  const [x, y] = [a?.record.entry.id, b.record.entry.id]
  return x?.epoch === y.epoch && x.seq === y.seq
}
