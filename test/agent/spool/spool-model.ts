/**
 * A spool beside a model of it. What it promises, and what is checked after each step:
 *
 * 1. A batch whose append resolved is shown until it is acknowledged, whatever happens between; if not,
 *    it was dropped or damaged, and then its span was told as unknown.
 * 2. In one run no batch is shown again after it was acknowledged. After a restart only those are that
 *    were acknowledged while an older one was not.
 * 3. Each lane shows its batches in the order in which they were appended.
 * 4. The fresh lane shows what was made less than 2 minutes ago, the backlog what is older.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CorrectedClock } from '../../../src/agent/corrected-clock.ts'
import type { Overdue } from '../../../src/agent/spool/overdue.ts'
import type { SpoolRecord } from '../../../src/agent/spool/record.ts'
import type { Spool, SpoolLane } from '../../../src/agent/spool/spool.ts'
import type { UnknownSpan } from '../../../src/wire/batch.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MortalDisk } from '../support/disks.ts'
import { openSpool } from './spool-rig.ts'

/** Spans of batches: later than any clock here. */
const EPOCH_MS = 1e12
const SPAN_MS = 10_000
const FRESH_MS = 120_000
const LIMITS = { maxBytes: 100_000, maxAgeMs: 86_400_000, maxMemoryBytes: 40_000 }

export type Fault = 'create' | 'write' | 'half-write' | 'sync'

export class SpoolModel {
  readonly #folder: string
  readonly #base = new FakeClock(5_000_000)
  #stepMs = 0
  readonly #clock = new CorrectedClock(this.#base, () => this.#stepMs)
  #disk = new MortalDisk()
  #spool: Spool
  #seq = 0
  readonly #madeAt = new Map<number, number>()
  /** Appends that resolved, and were not acknowledged. */
  readonly #due = new Set<number>()
  readonly #acked = new Set<number>()
  /** Acknowledged, and may come again. */
  #mayRepeat = new Set<number>()
  readonly #refused = new Set<number>()
  #told: { readonly fromMs: number; readonly toMs: number }[] = []
  #shown: Record<SpoolLane, number> = { fresh: 0, backlog: 0 }
  #open: Promise<void>[] = []
  /** The disk or the clock did what makes lanes and counts inexact. */
  #isExact = true
  #wasDamaged = false
  #dropped = 0

  private constructor(folder: string, spool: Spool) {
    this.#folder = folder
    this.#spool = spool
  }

  static async start(folder: string): Promise<SpoolModel> {
    const first = await openSpool(folder)
    const model = new SpoolModel(folder, first)
    await first.close()
    model.#spool = await model.#reopened()
    return model
  }

  async append(count: number, bytes: number): Promise<void> {
    const appends = Array.from({ length: count }, () => {
      const seq = ++this.#seq
      const record = this.#record(seq, bytes)
      return this.#spool.append(record).then(
        () => this.#acked.has(seq) || this.#due.add(seq),
        () => this.#refused.add(seq),
      )
    }).map((each) => each.then(() => {}))
    this.#open.push(...appends)
    await this.#quiet()
  }

  /** Takes what a lane shows, so many batches. */
  async take(lane: SpoolLane, count: number): Promise<void> {
    for (let n = 0; n < count; n++) {
      this.#checkLanes()
      const next = this.#spool.peek(lane)
      if (!next) return
      const { seq } = next.record.entry.id
      assert.deepEqual(next.record, this.#record(seq, next.record.bytes.length), `${seq} is whole`)
      assert.ok(seq > this.#shown[lane], `${lane}: ${seq} after ${this.#shown[lane]}`)
      this.#shown[lane] = seq
      this.#checkRepeat(seq)
      this.#spool.ack(next)
      this.#due.delete(seq)
      this.#acked.add(seq)
    }
    await this.#quiet()
  }

  async pass(ms: number): Promise<void> {
    this.#base.advance(ms)
    await this.#quiet()
  }

  /** The clock is set. */
  async step(ms: number): Promise<void> {
    this.#stepMs += ms
    this.#isExact = false
  }

  async fill(fails: Fault, after: number): Promise<void> {
    this.#disk.fill(fails, after)
    this.#isExact = false
  }

  async work(): Promise<void> {
    this.#disk.work()
    for (let n = 0; n < 3; n++) await this.pass(30_000)
    await Promise.all(this.#open)
    this.#open = []
  }

  /** What the agent does with each batch, until nothing is overdue: tells it, then lets it go. */
  async discard(): Promise<void> {
    for (let overdue = this.#overdue(); ; ) {
      this.#told.push(...overdue.unknown)
      const before = this.#spool.counts.dropped
      this.#spool.discard(overdue)
      const dropped = this.#spool.counts.dropped - before
      this.#dropped += dropped
      // Which they were is seen at the end.
      if (dropped > 0) this.#isExact = false
      const next = this.#overdue()
      assert.ok(!next.segments.some((each) => overdue.segments.includes(each)), 'dropped once')
      if (next.segments.length === 0) {
        assert.deepEqual(next.unknown.filter(isDamage), [], 'what was told is not told again')
        return
      }
      overdue = next
    }
  }

  #overdue(): Overdue {
    return this.#spool.overdue(this.#clock.now())
  }

  async close(): Promise<void> {
    await this.#spool.close()
    await this.#restart()
  }

  /** `kill -9`: what was written is there. */
  async kill(): Promise<void> {
    await this.#die()
    await this.#restart()
  }

  /** Of what was not synced only a share is there. */
  async powerFails(share: number): Promise<void> {
    await this.#die()
    this.#disk.cutTails(share)
    await this.#restart()
  }

  /** A bit flips in a file; `at` is a share of its length. */
  async damage(file: number, at: number): Promise<void> {
    const names = readdirSync(this.#folder).filter((name) => name.endsWith('.seg'))
    const path = join(this.#folder, names[file % names.length] ?? '')
    const bytes = readFileSync(path)
    const offset = Math.floor(at * bytes.length)
    if (bytes.length === 0) return
    bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << (offset % 8)), offset)
    writeFileSync(path, bytes)
    this.#isExact = false
    this.#wasDamaged = true
  }

  /** The bookmark of what is done is lost. */
  async forget(): Promise<void> {
    await this.#die()
    writeFileSync(join(this.#folder, 'position'), 'x'.repeat(20))
    await this.#restart()
    this.#mayRepeat = new Set(this.#acked)
    this.#isExact = false
  }

  /** Takes all that is left: nothing may be missing that was not told. */
  async end(): Promise<void> {
    await this.work()
    if (this.#isExact)
      assert.equal(this.#spool.queuedBatches, this.#due.size + this.#mayRepeat.size)
    for (let next = this.#spool.peek(); next; next = this.#spool.peek()) {
      const { seq } = next.record.entry.id
      this.#checkRepeat(seq)
      this.#spool.ack(next)
      this.#acked.add(seq)
      this.#due.delete(seq)
    }
    // What was taken while it was being written stays until that has ended.
    for (let tries = 0; this.#spool.queuedBatches > 0 && tries < 500; tries++) await delay(10)
    assert.equal(this.#spool.queuedBytes, 0)
    assert.equal(this.#spool.queuedBatches, 0)
    await this.discard()
    if (!this.#wasDamaged) assert.ok(this.#due.size <= this.#dropped, `${[...this.#due]} are lost`)
    for (const seq of [...this.#due, ...this.#refused]) {
      assert.ok(this.#acked.has(seq) || this.#isTold(seq), `${seq} is lost, and nobody told`)
    }
  }

  /** The spool must be closed also when a check failed. */
  async stop(): Promise<void> {
    await this.#spool.close()
  }

  #record(seq: number, bytes: number): SpoolRecord {
    const madeAt = this.#madeAt.get(seq) ?? this.#clock.now()
    this.#madeAt.set(seq, madeAt)
    const fromMs = EPOCH_MS + seq * SPAN_MS
    const id = { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq }
    const span = { fromMs, toMs: fromMs + SPAN_MS }
    return { entry: { id, madeAt, events: 0, span }, bytes: Buffer.alloc(bytes, seq) }
  }

  #isTold(seq: number): boolean {
    const fromMs = EPOCH_MS + seq * SPAN_MS
    return this.#told.some((span) => span.fromMs <= fromMs && fromMs + SPAN_MS <= span.toMs)
  }

  #checkRepeat(seq: number): void {
    if (this.#mayRepeat.delete(seq)) return
    assert.ok(!this.#acked.has(seq), `${seq} came again after it was acknowledged`)
  }

  /** Both lanes show the oldest of theirs, of what is known to be there. */
  #checkLanes(): void {
    if (!this.#isExact || this.#mayRepeat.size > 0) return
    const age = (seq: number) => this.#clock.now() - (this.#madeAt.get(seq) ?? 0)
    const ofLane = (fresh: boolean) =>
      [...this.#due].filter((seq) => age(seq) < FRESH_MS === fresh).sort((a, b) => a - b)[0]
    const shown = (lane: SpoolLane) => this.#spool.peek(lane)?.record.entry.id.seq
    assert.deepEqual([shown('fresh'), shown('backlog')], [ofLane(true), ofLane(false)])
  }

  /** All that can happen now has happened. */
  async #quiet(): Promise<void> {
    if (this.#spool.failing) return
    const settled = Promise.all(this.#open).then(() => true)
    while (!(await Promise.race([settled, nextTurn()])) && !this.#spool.failing);
    if (!this.#spool.failing) this.#open = []
  }

  async #die(): Promise<void> {
    this.#disk.die()
    await this.#spool.close()
  }

  async #restart(): Promise<void> {
    await Promise.all(this.#open)
    this.#open = []
    const oldest = Math.min(...this.#due, ...this.#refused, ...this.#mayRepeat)
    for (const seq of this.#acked) {
      // What is done is not noted until damage is told.
      if (seq > oldest || this.#wasDamaged) this.#mayRepeat.add(seq)
    }
    // What waited in memory and was refused at the end is told as time not heard.
    this.#refused.clear()
    this.#spool = await this.#reopened()
    this.#shown = { fresh: 0, backlog: 0 }
    const { heardUntilMs } = this.#spool
    this.#told.push({ fromMs: heardUntilMs, toMs: EPOCH_MS + (this.#seq + 1) * SPAN_MS })
  }

  #reopened(): Promise<Spool> {
    this.#disk = new MortalDisk()
    return openSpool(this.#folder, { disk: this.#disk, clock: this.#clock, limits: LIMITS })
  }
}

function isDamage({ reason }: UnknownSpan): boolean {
  return reason === 'damaged'
}

function nextTurn(): Promise<false> {
  return new Promise((resolve) => setImmediate(() => resolve(false)))
}
