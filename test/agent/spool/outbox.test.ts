import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Outbox } from '../../../src/agent/spool/outbox.ts'
import { keepRefused } from '../../../src/agent/spool/refused.ts'
import type { Spool } from '../../../src/agent/spool/spool.ts'
import { INGEST_LIMITS } from '../../../src/cloud/ingest/ingest-routes.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import { type Batch, decodeBatch, type Window } from '../../../src/wire/index.ts'
import { SlowDisk } from '../support/disks.ts'
import { tempFolder } from '../support/temp-folder.ts'
import { batch, LIMITS, openSpool } from './spool-rig.ts'

const INFO = { host: 'node-a', version: '0.1.0', startedAt: 1_000 }

function outboxOf(spool: Spool, now = () => 20_000): Outbox {
  const ids = { agent: 'a'.repeat(32), epoch: 'e'.repeat(16) }
  return new Outbox({ spool, speaker: { ...ids, ...INFO }, now })
}

function taken(spool: Spool): Batch[] {
  const batches: Batch[] = []
  for (let next = spool.peek(); next; next = spool.peek()) {
    batches.push(decodeBatch(next.record.bytes))
    spool.ack(next)
  }
  return batches
}

function event(text: string): NotifyEvent {
  const names = { module: 'App.Server', node: '10.0.0.1', set: '', title: text, text }
  return { at: 15_000, level: 'error', kind: 'business', ...names }
}

const window = (endMs: number): Window => ({ endMs, lengthMs: 10_000, stats: [], properties: [] })

describe('outbox', () => {
  it('numbers its batches from 1 and says who it is', async () => {
    const spool = await openSpool(tempFolder())
    const outbox = outboxOf(spool)
    await outbox.putWindow(window(10_000))
    await outbox.putEvent(event('a'))
    const batches = taken(spool)
    assert.deepEqual(
      batches.map(({ id }) => id.seq),
      [1, 2],
    )
    assert.deepEqual(batches[0]?.agent, INFO)
    assert.deepEqual(batches[0]?.windows, [window(10_000)])
    assert.deepEqual(batches[1]?.events, [event('a')])
    await spool.close()
  })

  it('a window too large for the cloud goes in parts that are not, and nothing is missing', async () => {
    const spool = await openSpool(tempFolder())
    const name = () => randomBytes(190).toString('base64')
    const properties = Array.from({ length: 10_000 }, (_, value) => {
      const names = { module: name(), property: name(), ip: name(), set: name() }
      return { key: { ...names, policy: 'Sum', le: '', spanMs: 10_000 }, value }
    })
    await outboxOf(spool).putWindow({ ...window(10_000), properties })
    const seqs = new Set<number>()
    let rows = 0
    for (let next = spool.peek(); next; next = spool.peek()) {
      assert.ok(next.record.bytes.length <= INGEST_LIMITS.maxBodyBytes)
      const { id, windows } = decodeBatch(next.record.bytes)
      seqs.add(id.seq)
      rows += windows[0]?.properties.length ?? 0
      spool.ack(next)
    }
    assert.deepEqual([...seqs], [1, 2])
    assert.equal(rows, 10_000)
    await spool.close()
  })

  it('events that come while the disk is busy share a batch and an fsync', async () => {
    const disk = new SlowDisk()
    const spool = await openSpool(tempFolder(), { disk })
    const outbox = outboxOf(spool)
    disk.hold()
    const first = outbox.putEvent(event('first'))
    await disk.waiting()
    const rest = Array.from({ length: 50 }, (_, n) => outbox.putEvent(event(`${n}`)))
    const before = disk.syncs
    disk.release()
    await Promise.all([first, ...rest])
    assert.deepEqual(
      taken(spool).map(({ events }) => events.length),
      [1, 50],
    )
    assert.equal(disk.syncs - before, 1)
    await spool.close()
  })

  it('tells an unknown span once, with the first batch', async () => {
    const spool = await openSpool(tempFolder())
    const outbox = outboxOf(spool)
    outbox.addUnknown({ fromMs: 1_000, toMs: 5_000, reason: 'restart' })
    outbox.addUnknown({ fromMs: 5_000, toMs: 5_000, reason: 'restart' })
    await outbox.putEvent(event('a'))
    await outbox.putWindow(window(10_000))
    assert.deepEqual(
      taken(spool).map(({ unknown }) => unknown),
      [[{ fromMs: 1_000, toMs: 5_000, reason: 'restart' }], []],
    )
    await spool.close()
  })

  it('what the spool must drop is told as one unknown span, and dropped only then', async () => {
    const spool = await openSpool(tempFolder(), { limits: { ...LIMITS, maxBytes: 32 * 1024 } })
    for (let seq = 1; seq <= 9; seq++) await spool.append(batch(seq, 6_000))
    const dropped = spool.overdue(0).batches
    assert.ok(dropped > 3)
    await outboxOf(spool).putWindow(window(100_000))
    assert.equal(spool.counts.dropped, dropped)
    let last: Batch | undefined
    for (let next = spool.peek(); next; next = spool.peek()) {
      if (next.record.entry.id.seq === 1) last = decodeBatch(next.record.bytes)
      spool.ack(next)
    }
    assert.deepEqual(last?.unknown, [{ fromMs: 0, toMs: dropped * 10_000, reason: 'overflow' }])
    await spool.close()
  })

  it('a window closed before its end was heard until now', async () => {
    const folder = tempFolder()
    const spool = await openSpool(folder)
    await outboxOf(spool, () => 23_000).putWindow(window(30_000))
    await spool.close()
    const again = await openSpool(folder)
    assert.equal(again.heardUntilMs, 23_000)
    await again.close()
  })

  it('refuses events when too many wait, and counts them', async () => {
    const disk = new SlowDisk()
    const spool = await openSpool(tempFolder(), { disk })
    const outbox = outboxOf(spool)
    disk.hold()
    const first = outbox.putEvent(event('first'))
    await disk.waiting()
    const waiting = Array.from({ length: 10_000 }, () => outbox.putEvent(event('x')))
    await assert.rejects(outbox.putEvent(event('x')), { reason: 'full', retryable: true })
    assert.equal(outbox.droppedEvents, 1)
    disk.release()
    await Promise.all([first, ...waiting])
    await spool.close()
  })
})

it('refused batches are kept, the newest 32 of them', () => {
  const folder = join(tempFolder(), 'refused')
  for (let seq = 1; seq <= 40; seq++) keepRefused(folder, batch(seq))
  const files = readdirSync(folder)
  assert.equal(files.length, 32)
  assert.ok(files.every((name) => Number(/-(\d+)\.batch$/.exec(name)?.[1]) > 8))
})
