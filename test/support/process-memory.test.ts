import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  giveBackSpareMemory,
  MemoryReducer,
  type MemoryUsage,
} from '../../src/support/process-memory.ts'
import { FakeClock } from './fake-clock.ts'

function usage(rssMb: number, heapMb: number): MemoryUsage {
  return { rss: rssMb * 2 ** 20, heapUsed: heapMb * 2 ** 20, external: 0 }
}

const FLOODED = usage(460, 80)
const CALM = usage(200, 70)

describe('spare memory', () => {
  const cases: [what: string, seen: MemoryUsage[], collections: number][] = [
    ['of a calm process is left alone', [CALM, CALM], 0],
    ['that is in use is left alone', [usage(500, 400)], 0],
    ['that a flood has left is given back', [CALM, FLOODED], 1],
    ['that cannot be given back is not asked for again', [FLOODED, FLOODED, FLOODED], 1],
    ['of a flood that is larger yet is given back too', [FLOODED, usage(700, 80)], 2],
  ]
  for (const [what, seen, expected] of cases) {
    it(what, () => {
      const clock = new FakeClock()
      let now = CALM
      let collections = 0
      const cancel = giveBackSpareMemory(
        clock,
        () => now,
        () => void collections++,
      )
      for (now of seen) clock.advance(60_000)
      cancel()
      now = usage(2_000, 80)
      clock.advance(60_000)
      assert.equal(collections, expected)
    })
  }

  it('is collected without a flag on the command line', async () => {
    const clock = new FakeClock()
    const garbage = new WeakRef({ some: 'object' })
    await nextTurn()
    const cancel = giveBackSpareMemory(clock, () => FLOODED)
    clock.advance(60_000)
    cancel()
    assert.equal(garbage.deref(), undefined)
  })
})

describe('memory that a burst has left', () => {
  it('is given back for a while, which begins anew with the next burst', () => {
    const clock = new FakeClock()
    const flags: string[] = []
    const reducer = new MemoryReducer(clock, (flag) => flags.push(flag))
    flags.length = 0
    reducer.reduce()
    clock.advance(7_000)
    reducer.reduce()
    clock.advance(7_000)
    assert.deepEqual(flags, ['--optimize-for-size', '--optimize-for-size'])
    clock.advance(5_000)
    assert.deepEqual(flags.slice(2), ['--no-optimize-for-size'])
  })
})
