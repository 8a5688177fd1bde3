/** Lives of the cloud that end by SIGKILL, one after the other, while alarms come and peers misbehave. */
import { BATCH_MEDIA_TYPE, BATCH_PATH, type Batch, encodeBatch } from '../../src/wire/index.ts'
import { Random } from '../promql-differential/random.ts'
import { batchOf, nodesOf } from './alarms.ts'
import { CloudProcess } from './cloud-process.ts'
import { passed } from './fate.ts'
import { Ledger } from './ledger.ts'
import { HOOKS, MAILED, type Stage, setStage } from './stage.ts'
import { Stored } from './stored.ts'
import { judge, type Verdict } from './verdict.ts'

/** Of the cloud's clock: tries again come sooner, and soon at the end. */
const SPEED = { underFire: 10, after: 100 }
/** Batches that come in a life. */
const BATCHES = 2
/** Messages or batches of a life that is not killed at its start, at the most. */
const MOST_STEPS = 40
const LIFE_MS = 4_000
/** In which it starts. */
const START_MS = 900
/** So many of ten are killed at their start. */
const AT_START = 0.15
const LET_IN_MS = 50
const DRAINS_WITHIN_MS = 600_000

export interface ChaosOptions {
  /** Empty; what is left of it is the caller's. */
  readonly folder: string
  readonly seed: number
  readonly kills: number
  /** Ends after so long, whatever has been killed by then. */
  readonly withinMs?: number
  readonly onKill?: (kills: number) => void
}

export interface ChaosReport extends Verdict {
  readonly kills: number
  readonly atStart: number
  readonly batches: number
}

/** @throws {Error} the cloud ended by itself, or does not come to an end. */
export async function chaos(options: ChaosOptions): Promise<ChaosReport> {
  const ledger = new Ledger()
  const stage = await setStage(options.folder, ledger, options.seed)
  const run = new Run(stage, ledger, options.seed)
  try {
    const [atStart] = await Promise.all([run.underFire(options), run.feed()])
    await run.drain()
    return { ...run.verdict(), atStart, kills: run.inFlight.length, batches: run.taken }
  } finally {
    run.end()
    for (const peer of stage.peers) await peer.close()
  }
}

class Run {
  readonly inFlight: ReadonlySet<string>[] = []
  taken = 0
  readonly #stage: Stage
  readonly #ledger: Ledger
  readonly #random: Random
  readonly #startedMs = Date.now()
  #cloud: CloudProcess | undefined
  #isFed = true
  #isOver = false

  constructor(stage: Stage, ledger: Ledger, seed: number) {
    this.#stage = stage
    this.#ledger = ledger
    this.#random = new Random(seed)
  }

  /** Returns how many were killed at their start. */
  async underFire({ kills, withinMs = Infinity, onKill }: ChaosOptions): Promise<number> {
    let atStart = 0
    while (this.inFlight.length < kills && Date.now() - this.#startedMs < withinMs) {
      const cloud = this.#begin()
      if (this.#random.chance(AT_START)) {
        await passed(this.#random.int(0, START_MS))
        atStart++
      } else await this.#live(cloud)
      if (cloud.isDead) throw new Error(`the cloud ended by itself:\n${cloud.lastWords}`)
      await cloud.kill()
      // Connections that it made are let in.
      await passed(LET_IN_MS)
      this.inFlight.push(this.#read((stored) => stored.sending()))
      onKill?.(this.inFlight.length)
    }
    this.#isFed = false
    return atStart
  }

  /** Batches, each until it is taken, some in each life. */
  async feed(): Promise<void> {
    while (this.#isFed && !this.#isOver) {
      if (this.taken >= BATCHES * (this.inFlight.length + 1)) await passed(5)
      else if (await this.#post(batchOf(this.taken + 1, this.#dataStartMs))) this.taken++
    }
  }

  /** No more kills, and peers that behave: until nothing is left to be told. */
  async drain(): Promise<void> {
    const cloud = this.#begin()
    await cloud.ready
    for (const peer of this.#stage.peers) peer.calm()
    cloud.steer({ ...this.#clock(), realMs: Date.now(), shownMs: this.#now(), speed: SPEED.after })
    // What has begun is over in the first, and is known to be over in the second.
    for (let more = 0; more < 2; ) {
      if (await this.#post(batchOf(this.taken + 1 + more, this.#dataStartMs, true))) more++
    }
    const until = Date.now() + DRAINS_WITHIN_MS
    while (!(await this.#isQuiet()) && Date.now() < until) await passed(50)
    await cloud.stop()
  }

  verdict(): Verdict {
    return judge({
      nodes: Array.from({ length: this.taken }, (_, n) => nodesOf(n + 1)).flat(),
      ...{ recipients: [MAILED, ...HOOKS], precise: HOOKS },
      deliveries: this.#read((stored) => stored.deliveries()),
      ...{ arrivals: this.#ledger.arrivals, inFlight: this.inFlight },
    })
  }

  end(): void {
    this.#isOver = true
    void this.#cloud?.kill()
  }

  #begin(): CloudProcess {
    this.#ledger.life = this.inFlight.length
    this.#cloud = new CloudProcess(this.#stage.configFile, this.#clock())
    return this.#cloud
  }

  /** By what it has done, not by time alone: on a busy machine a short life would do nothing. */
  async #live(cloud: CloudProcess): Promise<void> {
    await cloud.ready
    const done = () => this.#ledger.arrivals.length + this.taken
    const enough = done() + this.#random.int(1, MOST_STEPS)
    const until = Date.now() + LIFE_MS
    while (done() < enough && Date.now() < until && !cloud.isDead) await passed(2)
    await passed(this.#random.int(0, 60))
  }

  async #isQuiet(): Promise<boolean> {
    const alarms = this.#read((stored) => stored.open() + stored.firing())
    return alarms === 0
  }

  #read<T>(what: (stored: Stored) => T): T {
    const stored = new Stored(this.#stage.data)
    try {
      return what(stored)
    } finally {
      stored.close()
    }
  }

  /** Long past: evaluation follows the data. */
  get #dataStartMs(): number {
    return Math.floor(this.#startedMs / 10_000) * 10_000 - 3_600_000
  }

  #clock() {
    const { underFire: speed } = SPEED
    return { realMs: this.#startedMs, shownMs: this.#startedMs, speed }
  }

  #now(): number {
    return this.#startedMs + (Date.now() - this.#startedMs) * SPEED.underFire
  }

  /** Whether it was taken. */
  async #post(batch: Batch): Promise<boolean> {
    const { url, environmentKey } = this.#stage
    const headers = {
      'Content-Type': BATCH_MEDIA_TYPE,
      Authorization: `Bearer ${environmentKey}`,
    }
    const body = new Uint8Array(encodeBatch(batch))
    try {
      const answer = await fetch(url + BATCH_PATH, { method: 'POST', headers, body })
      await answer.arrayBuffer()
      if (answer.ok) return true
      if (answer.status !== 429 && answer.status < 500) {
        throw new RangeError(`a batch is answered with ${answer.status}`)
      }
    } catch (error) {
      // It is dead just now.
      if (error instanceof RangeError) throw error
    }
    await passed(20)
    return false
  }
}
