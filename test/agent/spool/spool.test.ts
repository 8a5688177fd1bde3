import assert from 'node:assert/strict'
import {
  appendFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { SpoolFailure } from '../../../src/agent/spool/failure.ts'
import type { Spool } from '../../../src/agent/spool/spool.ts'
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
