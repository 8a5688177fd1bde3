import assert from 'node:assert/strict'
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { CorrectedClock } from '../../../src/agent/corrected-clock.ts'
import { SpoolFailure } from '../../../src/agent/spool/failure.ts'
import type { Spool, SpoolLane } from '../../../src/agent/spool/spool.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { FailingDisk, SlowDisk } from '../support/disks.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { batch, drain, LIMITS, openSpool } from './spool-rig.ts'

const segmentsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.seg'))

describe('spool', () => {
  it('gives back what was put in, in order, byte by byte', async () => {
    const spool = await openSpool(tempFolder())
    for (const seq of [1, 2, 3]) await spool.append(batch(seq))
    assert.deepEqual(spool.peek()?.record, batch(1))
    assert.deepEqual(spool.peek()?.record, batch(1))
    assert.deepEqual(drain(spool), [1, 2, 3])
    assert.equal(spool.queuedBytes, 0)
    await spool.close()
  })

  it('remembers over a restart what is there and what is done', async () => {
    const folder = tempFolder()
    const first = await openSpool(folder)
    for (const seq of [1, 2, 3]) await first.append(batch(seq))
    take(first)
    await first.close()
    const second = await openSpool(folder)
    assert.deepEqual(drain(second), [2, 3])
    await second.close()
    const third = await openSpool(folder)
    assert.deepEqual(drain(third), [])
    assert.equal(segmentsIn(folder).length, 1)
    await third.close()
  })

  it('knows until when the agent listened, also when all is sent and segments are gone', async () => {
    const folder = tempFolder()
    const first = await openSpool(folder)
    assert.equal(first.heardUntilMs, 0)
    for (const seq of [1, 2]) await first.append(batch(seq))
    drain(first)
    await first.close()
    for (const _ of [1, 2]) {
      const later = await openSpool(folder)
      assert.equal(later.heardUntilMs, 20_000)
      await later.close()
    }
  })

  it('appends that wait together share one fsync', async () => {
    const disk = new SlowDisk()
    const spool = await openSpool(tempFolder(), { disk })
    disk.hold()
    const first = spool.append(batch(1))
    await disk.waiting()
    const rest = [2, 3, 4, 5].map((seq) => spool.append(batch(seq)))
    const before = disk.syncs
    disk.release()
    await Promise.all([first, ...rest])
    assert.equal(disk.syncs - before, 1)
    assert.deepEqual(drain(spool), [1, 2, 3, 4, 5])
    await spool.close()
  })

  it('an append at any step after another is flushed too', async () => {
    const spool = await openSpool(tempFolder(), { disk: new FailingDisk() })
    for (let steps = 0; steps < 20; steps++) {
      await spool.append(batch(2 * steps + 1))
      for (let step = 0; step < steps; step++) await null
      await spool.append(batch(2 * steps + 2))
    }
    assert.equal(drain(spool).length, 40)
    await spool.close()
  })

  it('an append does not resolve, nor is it seen, before its fsync', async () => {
    const disk = new SlowDisk()
    const spool = await openSpool(tempFolder(), { disk })
    disk.hold()
    let durable = false
    const append = spool.append(batch(1)).then(() => {
      durable = true
    })
    await disk.waiting()
    assert.equal(spool.peek(), undefined)
    assert.equal(durable, false)
    disk.release()
    await append
    assert.deepEqual(drain(spool), [1])
    await spool.close()
  })

  it('close brings to disk what waits; afterwards nothing is taken', async () => {
    const folder = tempFolder()
    const spool = await openSpool(folder)
    const append = spool.append(batch(1))
    await spool.close()
    await append
    await assert.rejects(spool.append(batch(2)), { name: 'SpoolFailure', reason: 'closed' })
    const again = await openSpool(folder)
    assert.deepEqual(drain(again), [1])
    await again.close()
  })

  it('refuses to start where it cannot write, in one line', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'file'), '')
    await assert.rejects(openSpool(join(folder, 'file')), (error: SpoolFailure) => {
      assert.ok(error instanceof SpoolFailure)
      assert.equal(error.reason, 'unwritable')
      assert.match(error.message, /^spool .*file: EEXIST/)
      assert.doesNotMatch(error.message, /\n/)
      return true
    })
  })
})

describe('spool: two lanes', () => {
  const seqOf = (spool: Spool, lane: SpoolLane) => spool.peek(lane)?.record.entry.id.seq
  const takeFrom = (spool: Spool, lane: SpoolLane) => {
    const next = spool.peek(lane)
    if (next) spool.ack(next)
    return next?.record.entry.id.seq
  }

  it('what was made less than 2 minutes ago is fresh, the rest is backlog', async () => {
    const clock = new FakeClock(10_000)
    const spool = await openSpool(tempFolder(), { clock })
    for (const seq of [1, 2, 3]) await spool.append(batch(seq))
    const shown = () => [seqOf(spool, 'fresh'), seqOf(spool, 'backlog')]
    assert.deepEqual(shown(), [1, undefined])
    clock.moveTo(129_999)
    assert.deepEqual(shown(), [1, undefined])
    clock.moveTo(130_000)
    assert.deepEqual(shown(), [2, 1])
    clock.moveTo(1_000_000)
    assert.deepEqual(shown(), [undefined, 1])
    await spool.append(batch(100))
    assert.deepEqual(shown(), [100, 1])
    await spool.close()
  })

  it('each in order, none twice, whoever goes first', async () => {
    const clock = new FakeClock(600_000)
    const spool = await openSpool(tempFolder(), { clock })
    for (const seq of [1, 2, 58, 59]) await spool.append(batch(seq))
    assert.equal(spool.queuedBatches, 4)
    assert.deepEqual([takeFrom(spool, 'fresh'), takeFrom(spool, 'backlog')], [58, 1])
    await spool.append(batch(60))
    assert.deepEqual([takeFrom(spool, 'fresh'), takeFrom(spool, 'fresh')], [59, 60])
    assert.equal(spool.queuedBatches, 1)
    assert.deepEqual([takeFrom(spool, 'fresh'), takeFrom(spool, 'backlog')], [undefined, 2])
    assert.equal(takeFrom(spool, 'backlog'), undefined)
    assert.equal(spool.queuedBytes, 0)
    await spool.close()
  })

  it('after a restart the fresh come again that went ahead of the backlog', async () => {
    const folder = tempFolder()
    const clock = new FakeClock(600_000)
    const spool = await openSpool(folder, { clock })
    for (const seq of [1, 58]) await spool.append(batch(seq))
    takeFrom(spool, 'fresh')
    await spool.close()
    const again = await openSpool(folder, { clock })
    assert.deepEqual([takeFrom(again, 'backlog'), takeFrom(again, 'fresh')], [1, 58])
    await again.close()
    const third = await openSpool(folder, { clock })
    assert.deepEqual(drain(third), [])
    await third.close()
  })

  it('a clock that is set back makes nothing of the backlog fresh again', async () => {
    const clock = new FakeClock(600_000)
    let stepMs = 0
    const spool = await openSpool(tempFolder(), {
      clock: new CorrectedClock(clock, () => stepMs),
      limits: { ...LIMITS, maxBytes: 256 * 1024 },
    })
    // Some segments of them.
    for (const seq of [1, 2, 3, 4, 5, 6, 7]) await spool.append(batch(seq, 6_000))
    assert.equal(seqOf(spool, 'fresh'), undefined)
    stepMs = -590_000
    assert.deepEqual([seqOf(spool, 'fresh'), seqOf(spool, 'backlog')], [undefined, 1])
    await spool.append(batch(8))
    assert.equal(seqOf(spool, 'fresh'), 8)
    await spool.close()
  })
})

describe('spool: damage', () => {
  const LOST = (fromMs: number, toMs: number) => [{ fromMs, toMs, reason: 'damaged' }]

  /** Batches 1 to 9 in segments of three, of which the first is `file`. */
  async function filled(folder: string): Promise<string> {
    const spool = await openSpool(folder, { limits: { ...LIMITS, maxBytes: 256 * 1024 } })
    for (let seq = 1; seq <= 9; seq++) await spool.append(batch(seq, 6_000))
    await spool.close()
    assert.equal(segmentsIn(folder).length, 3)
    return join(folder, segmentsIn(folder)[0] ?? '')
  }

  function flip(file: string, at: number): void {
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at)
    writeFileSync(file, bytes)
  }

  // A record is some 6,150 bytes.
  const cases: [name: string, at: number, left: number[], fromMs: number, toMs: number][] = [
    ['in the middle of a segment', 8_000, [1, 3, 4, 5, 6, 7, 8, 9], 10_000, 20_000],
    ['in the length of a record', 20, [2, 3, 4, 5, 6, 7, 8, 9], 0, 10_000],
    ['at the end of a segment', 14_000, [1, 2, 4, 5, 6, 7, 8, 9], 20_000, 30_000],
  ]
  for (const [name, at, left, fromMs, toMs] of cases) {
    for (const when of ['between two runs', 'while it is open'] as const) {
      it(`${name}, ${when}: only what is hit is lost, and told until it was`, async () => {
        const folder = tempFolder()
        const file = await filled(folder)
        if (when === 'between two runs') flip(file, at)
        const spool = await openSpool(folder)
        if (when === 'while it is open') flip(file, at)
        assert.deepEqual(drain(spool), left)
        const [lost] = spool.overdue(0).unknown
        assert.equal(lost?.reason, 'damaged')
        assert.ok(lost.fromMs <= Math.max(1, fromMs) && lost.toMs >= toMs && lost.toMs <= 30_000)
        await spool.close()
        const again = await openSpool(folder)
        assert.ok(again.overdue(0).unknown.length > 0 || when === 'while it is open')
        drain(again)
        again.discard(again.overdue(0))
        assert.deepEqual(again.overdue(0).unknown, [])
        await again.close()
        const third = await openSpool(folder)
        drain(third)
        assert.deepEqual(third.overdue(0).unknown, [])
        await third.close()
      })
    }
  }

  it('of the head of a segment loses nothing in it', async () => {
    const folder = tempFolder()
    flip(await filled(folder), 3)
    const spool = await openSpool(folder)
    assert.deepEqual(drain(spool), [1, 2, 3, 4, 5, 6, 7, 8, 9])
    await spool.close()
  })

  it('a segment that is gone, or nothing but garbage, is a gap of known length', async () => {
    for (const harm of [
      (path: string) => rmSync(path),
      (path: string) => writeFileSync(path, 'x'.repeat(999)),
    ]) {
      const folder = tempFolder()
      await filled(folder)
      harm(join(folder, segmentsIn(folder)[1] ?? ''))
      const spool = await openSpool(folder)
      assert.deepEqual(spool.overdue(0).unknown, LOST(30_000, 60_000))
      assert.deepEqual(drain(spool), [1, 2, 3, 7, 8, 9])
      await spool.close()
    }
  })
})

describe('spool: after a crash', () => {
  async function filled(folder: string): Promise<string> {
    const spool = await openSpool(folder)
    for (const seq of [1, 2, 3]) await spool.append(batch(seq))
    await spool.close()
    return join(folder, segmentsIn(folder).at(-1) ?? '')
  }

  it('a torn tail is cut, whatever its length', async () => {
    const whole = readFileSync(await filled(tempFolder()))
    for (let lost = 1; lost < 150; lost += 7) {
      const folder = tempFolder()
      truncateSync(await filled(folder), whole.length - lost)
      const spool = await openSpool(folder)
      assert.deepEqual(drain(spool), [1, 2])
      await spool.append(batch(4))
      assert.deepEqual(drain(spool), [4])
      await spool.close()
    }
  })

  it('garbage behind the last record is cut', async () => {
    const folder = tempFolder()
    appendFileSync(await filled(folder), 'garbage that is no record')
    const spool = await openSpool(folder)
    assert.equal(spool.cutBytes, 25)
    assert.deepEqual(drain(spool), [1, 2, 3])
    await spool.close()
  })

  it('a damaged record ends its segment, not the spool', async () => {
    const folder = tempFolder()
    const file = await filled(folder)
    const bytes = readFileSync(file)
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 5) ^ 1, bytes.length - 5)
    writeFileSync(file, bytes)
    const spool = await openSpool(folder)
    await spool.append(batch(4))
    assert.deepEqual(drain(spool), [1, 2, 4])
    await spool.close()
  })

  it('a segment that vanished or cannot be read is left out', async () => {
    const folder = tempFolder()
    const file = await filled(folder)
    const spool = await openSpool(folder)
    rmSync(file)
    await spool.append(batch(4))
    assert.deepEqual(drain(spool), [4])
    await spool.close()
  })

  it('a lost position file means: all of it again', async () => {
    const folder = tempFolder()
    await filled(folder)
    const spool = await openSpool(folder)
    take(spool)
    await spool.close()
    writeFileSync(join(folder, 'position'), 'x'.repeat(20))
    const again = await openSpool(folder)
    assert.deepEqual(drain(again), [1, 2, 3])
    await again.close()
  })

  it('files of others are left alone, segments of nobody removed', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'notes.txt'), 'mine')
    writeFileSync(join(folder, '0000000007.seg'), '')
    const spool = await openSpool(folder)
    await spool.append(batch(1))
    assert.deepEqual(drain(spool), [1])
    assert.deepEqual(readdirSync(folder).sort(), ['0000000008.seg', 'notes.txt', 'position'])
    await spool.close()
  })
})

describe('spool: bounds', () => {
  it('past its size the oldest segments are overdue, and go only by discard', async () => {
    const limits = { ...LIMITS, maxBytes: 64 * 1024 }
    const folder = tempFolder()
    const spool = await openSpool(folder, { limits })
    for (let seq = 1; seq <= 20; seq++) await spool.append(batch(seq, 6_000))
    const overdue = spool.overdue(0)
    const gone = overdue.batches
    assert.ok(gone >= 9)
    assert.deepEqual(overdue.unknown, [{ fromMs: 0, toMs: gone * 10_000, reason: 'overflow' }])
    assert.equal(spool.peek()?.record.entry.id.seq, 1)
    spool.discard(overdue)
    assert.equal(spool.counts.dropped, gone)
    assert.equal(spool.queuedBatches, 20 - gone)
    assert.equal(drain(spool)[0], gone + 1)
    assert.equal(spool.queuedBatches, 0)
    await spool.close()
  })

  it('what was acknowledged is not among the overdue', async () => {
    const spool = await openSpool(tempFolder(), { limits: { ...LIMITS, maxBytes: 32 * 1024 } })
    for (let seq = 1; seq <= 10; seq++) await spool.append(batch(seq, 6_000))
    for (const _ of [1, 2]) take(spool)
    assert.equal(spool.overdue(0).unknown[0]?.fromMs, 20_000)
    await spool.close()
  })

  it('what is on its way when it is discarded may be acknowledged late', async () => {
    const spool = await openSpool(tempFolder(), { limits: { ...LIMITS, maxBytes: 32 * 1024 } })
    for (let seq = 1; seq <= 10; seq++) await spool.append(batch(seq, 6_000))
    const under = spool.peek()
    assert.ok(under)
    const overdue = spool.overdue(0)
    spool.discard(overdue)
    spool.ack(under)
    assert.equal(drain(spool)[0], overdue.batches + 1)
    await spool.close()
  })

  it('past its age a segment is overdue; an hour ends a segment', async () => {
    const spool = await openSpool(tempFolder())
    const hours = (n: number) => n * 360 + 1
    for (const n of [0, 1, 2]) await spool.append(batch(hours(n)))
    await spool.append(batch(hours(25)))
    const now = hours(25) * 10_000
    assert.deepEqual(
      spool.overdue(now).unknown.map(({ toMs }) => toMs),
      [hours(0) * 10_000],
    )
    await spool.close()
  })
})

/** Acknowledges the oldest and gives its number. */
function take(spool: Spool): number | undefined {
  const next = spool.peek()
  if (next) spool.ack(next)
  return next?.record.entry.id.seq
}

describe('spool: the disk fails', () => {
  for (const fails of ['write', 'half-write', 'sync'] as const) {
    it(`at ${fails}: batches wait in memory, can be sent, and are on disk when it works again`, async () => {
      const disk = new FailingDisk()
      const clock = new FakeClock()
      const folder = tempFolder()
      const troubles: (string | undefined)[] = []
      const { promise: failed, resolve: onFailed } = Promise.withResolvers<void>()
      const onTrouble = (why: string | undefined) => {
        troubles.push(why)
        onFailed()
      }
      const spool = await openSpool(folder, { disk, clock, onTrouble })
      await spool.append(batch(1))
      disk.fails = fails
      const sent = spool.append(batch(2))
      await failed
      const kept = spool.append(batch(3))
      assert.equal(spool.failing, true)
      assert.match(troubles[0] ?? '', fails === 'sync' ? /EIO/ : /ENOSPC/)

      assert.deepEqual(take(spool), 1)
      assert.deepEqual(take(spool), 2)
      await sent

      disk.fails = 'never'
      clock.advance(30_000)
      await kept
      assert.equal(spool.failing, false)
      assert.deepEqual(troubles.slice(1), [undefined])
      await spool.close()
      const again = await openSpool(folder)
      assert.deepEqual(drain(again), [3])
      await again.close()
    })
  }

  it('a folder that is removed: what comes later waits, and is in a new one', async () => {
    const clock = new FakeClock()
    const folder = tempFolder()
    const { promise: failed, resolve: onTrouble } = Promise.withResolvers<string | undefined>()
    const spool = await openSpool(folder, { clock, onTrouble })
    await spool.append(batch(1))
    rmSync(folder, { recursive: true })
    const later = spool.append(batch(2))
    assert.match((await failed) ?? '', /\.seg was removed$/)
    clock.advance(1_000)
    await later
    await spool.close()
    const again = await openSpool(folder)
    assert.deepEqual(drain(again), [2])
    await again.close()
  })

  it('a segment that could not be begun leaves no file', async () => {
    const disk = new FailingDisk()
    const folder = tempFolder()
    disk.fails = 'half-write'
    const spool = await openSpool(folder, { disk })
    assert.equal(spool.failing, true)
    assert.deepEqual(segmentsIn(folder), [])
    await spool.close()
  })

  it('a disk that is full at the start: what is on it can be sent, and what comes', async () => {
    const folder = tempFolder()
    const first = await openSpool(folder)
    await first.append(batch(1))
    await first.close()
    const disk = new FailingDisk()
    const clock = new FakeClock()
    disk.fails = 'write'
    const spool = await openSpool(folder, { disk, clock })
    assert.equal(spool.failing, true)
    const second = spool.append(batch(2))
    assert.deepEqual([take(spool), take(spool)], [1, 2])
    await second
    disk.fails = 'never'
    await spool.close()
  })

  it('works again also when all that waited in memory has been sent', async () => {
    const disk = new FailingDisk()
    const clock = new FakeClock()
    const troubles: (string | undefined)[] = []
    const onTrouble = (why: string | undefined) => troubles.push(why)
    disk.fails = 'write'
    const spool = await openSpool(tempFolder(), { disk, clock, onTrouble })
    const first = spool.append(batch(1))
    take(spool)
    await first
    clock.advance(1_000)
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
    assert.equal(spool.failing, true)
    disk.fails = 'never'
    while (spool.failing) {
      clock.advance(30_000)
      await new Promise(setImmediate)
    }
    assert.deepEqual(troubles.slice(1), [undefined])
    await spool.append(batch(2))
    assert.deepEqual(drain(spool), [2])
    await spool.close()
  })

  it('what a failed write left does not come twice', async () => {
    const disk = new FailingDisk()
    const clock = new FakeClock()
    const folder = tempFolder()
    const { promise: failed, resolve: onTrouble } = Promise.withResolvers<string | undefined>()
    const spool = await openSpool(folder, { disk, clock, onTrouble })
    await spool.append(batch(1))
    disk.fails = 'half-write'
    // The first of the two fits into the half.
    const appends = [spool.append(batch(2)), spool.append(batch(3, 5_000))]
    await failed
    disk.fails = 'never'
    clock.advance(1_000)
    await Promise.all(appends)
    await spool.close()
    const again = await openSpool(folder)
    assert.deepEqual(drain(again), [1, 2, 3])
    await again.close()
  })

  it('what was taken from memory while it came to disk does not come again', async () => {
    for (const moment of ['before', 'after'] as const) {
      const disk = new FailingDisk()
      const clock = new FakeClock()
      disk.fails = 'write'
      const spool = await openSpool(tempFolder(), { disk, clock })
      const appends = [1, 2].map((seq) => spool.append(batch(seq)))
      const inMemory = spool.peek('fresh')
      assert.ok(inMemory && !inMemory.at)
      disk.fails = 'never'
      clock.advance(1_000)
      if (moment === 'before') spool.ack(inMemory)
      await Promise.all(appends)
      if (moment === 'after') spool.ack(inMemory)
      assert.deepEqual(drain(spool), [2])
      assert.equal(spool.queuedBatches, 0)
      await spool.close()
    }
  })

  it('what is done cannot be noted: said, and all goes on', async () => {
    const folder = tempFolder()
    symlinkSync('/dev/full', join(folder, 'position'))
    const spool = await openSpool(folder)
    for (const seq of [1, 2]) await spool.append(batch(seq))
    assert.deepEqual(drain(spool), [1, 2])
    await spool.close()
  })

  it('memory is bounded: the oldest are refused and their span is told', async () => {
    const disk = new FailingDisk()
    const spool = await openSpool(tempFolder(), {
      disk,
      limits: { ...LIMITS, maxMemoryBytes: 10_000 },
    })
    disk.fails = 'sync'
    const appends = [1, 2, 3, 4].map((seq) => spool.append(batch(seq, 4_000)))
    await assert.rejects(appends[0] ?? assert.fail(), { reason: 'full' })
    await assert.rejects(appends[1] ?? assert.fail(), { reason: 'full' })
    const overdue = spool.overdue(0)
    assert.deepEqual(overdue.unknown, [{ fromMs: 0, toMs: 20_000, reason: 'overflow' }])
    spool.discard(overdue)
    assert.equal(spool.counts.dropped, 2)
    assert.deepEqual(spool.overdue(0).unknown, [])
    disk.fails = 'never'
    await spool.close()
    await Promise.all(appends.slice(2))
  })
})
