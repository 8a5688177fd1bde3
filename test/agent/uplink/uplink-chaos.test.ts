import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Spool } from '../../../src/agent/spool/spool.ts'
import { CloudClient, type CloudOptions } from '../../../src/agent/uplink/cloud-client.ts'
import { Uplink } from '../../../src/agent/uplink/uplink.ts'
import type { Answer } from '../../../src/agent/uplink/verdict.ts'
import type { Cancel, Clock } from '../../../src/support/clock.ts'
import { silentLog } from '../../../src/support/log.ts'
import { batch, LIMITS } from '../spool/spool-rig.ts'
import { answer, type Behave, CloudDouble, drop, hang, page } from '../support/cloud-double.ts'
import { tempFolder } from '../support/temp-folder.ts'

/** Waits for nothing: whoever waits makes the time pass. */
class HastyClock implements Clock {
  #now = 1_000_000

  now(): number {
    return this.#now
  }

  after(delayMs: number, task: () => void): Cancel {
    const timer = setImmediate(() => {
      this.#now += Math.ceil(delayMs)
      task()
    })
    return () => clearImmediate(timer)
  }
}

/** Tells which batches it knows to be taken. */
class Witness extends CloudClient {
  readonly #onTaken: (seq: number) => void

  constructor(options: CloudOptions, onTaken: (seq: number) => void) {
    super(options)
    this.#onTaken = onTaken
  }

  override async post(bytes: Buffer, signal: AbortSignal): Promise<Answer> {
    const answer = await super.post(bytes, signal)
    if (answer.kind === 'answered' && answer.confirmed) this.#onTaken(bytes[0] ?? 0)
    return answer
  }
}

const TIMEOUT_MS = 60
const BATCHES = 24

/** A cloud at two addresses that share what they have; each request goes as chance has it. */
class MoodyCloud {
  /** How often each batch was taken. */
  readonly taken = new Map<number, number>()
  readonly doubles: readonly CloudDouble[]

  private constructor(doubles: readonly CloudDouble[], moods: readonly string[]) {
    this.doubles = doubles
    let requests = 0
    for (const double of doubles) {
      double.always((response, request) => {
        const mood = moods[requests++]
        const seq = double.received.at(-1)?.bytes[0] ?? 0
        if (!mood || mood.startsWith('takes')) this.taken.set(seq, (this.taken.get(seq) ?? 0) + 1)
        BEHAVE[mood ?? 'takes']?.(response, request)
      })
    }
  }

  static async start(test: { after(undo: () => unknown): void }, moods: readonly string[]) {
    return new MoodyCloud([await CloudDouble.start(test), await CloudDouble.start(test)], moods)
  }
}

const BEHAVE: Record<string, Behave> = {
  takes: answer(200),
  'takes and dies': drop,
  'takes and answers late': (response, request) => {
    setTimeout(() => answer(200)(response, request), TIMEOUT_MS * 0.7)
  },
  'takes and answers too late': (response, request) => {
    setTimeout(() => answer(200)(response, request), TIMEOUT_MS * 1.5)
  },
  'takes and answers garbage': (response) => response.end('{"applied":'),
  dies: drop,
  hangs: hang,
  'is a page': page,
  'has an error': answer(500),
  'is busy': answer(503, { 'retry-after': '7' }),
  'asks for patience': answer(429, { 'retry-after': '1' }),
  'has lost its keys': answer(401),
  'is another version': (response) =>
    response.writeHead(400).end(JSON.stringify({ error: { reason: 'version', message: 'old' } })),
  'tears its answer': (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{')
    setImmediate(() => response.destroy())
  },
}

it('whatever the cloud does, each batch is taken, and none is given up', async (t) => {
  const moods = fc.array(fc.constantFrom(...Object.keys(BEHAVE)), { maxLength: 30, size: 'max' })
  const clients = fc.array(fc.nat({ max: 20 }), { maxLength: 2 })
  await fc.assert(
    fc.asyncProperty(moods, clients, async (mood, swaps) => {
      const cloud = await MoodyCloud.start(t, mood)
      const clock = new HastyClock()
      const log = silentLog
      const spool = await Spool.open({ folder: tempFolder(), limits: LIMITS, clock, log })
      const url = cloud.doubles.map((double) => double.url)
      const confirmed: number[] = []
      const client = () =>
        new Witness({ url, envKey: 'k', timeoutMs: TIMEOUT_MS, clock }, (seq) =>
          confirmed.push(seq),
        )
      const aside: number[] = []
      const uplink = new Uplink({
        ...{ source: spool, client: client(), clock, log, tell: () => {} },
        setAside: ({ entry }) => `${aside.push(entry.id.seq)}`,
      })
      try {
        uplink.start()
        for (let seq = 1; seq <= BATCHES; seq++) {
          const { entry, bytes } = batch(seq)
          const madeAt = clock.now() - (seq % 3 === 0 ? 600_000 : 0)
          await spool.append({ entry: { ...entry, madeAt }, bytes })
          if (swaps.includes(seq)) await uplink.use(client())
        }
        while (spool.queuedBatches > 0) await new Promise((resolve) => setImmediate(resolve))
      } finally {
        await uplink.stop()
        await spool.close()
      }
      assert.deepEqual(aside, [])
      assert.equal(cloud.taken.size, BATCHES)
      assert.equal(uplink.counts.batchesOut, BATCHES)
      // A batch comes again only when it was not known that it was taken.
      assert.deepEqual(confirmed.toSorted(), [...new Set(confirmed)].toSorted())
      assert.equal(confirmed.length, BATCHES)
    }),
    { numRuns: 12 },
  )
})
