import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Sweep } from '../../../src/agent/feeds/registry-sweep.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const items = (size: number) => Array.from({ length: size }, (_, i) => i)
const settled = () => new Promise((resolve) => setImmediate(resolve))
const untilMs = 1_000

describe('a sweep', () => {
  it('gets to each item in as few rounds as its limit allows, once a turn', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(40), fc.integer({ min: 1, max: 12 }), async (size, maxItems) => {
        const sweep = new Sweep(new FakeClock())
        const seen: number[] = []
        for (let round = 0; round < Math.ceil(size / maxItems); round++) {
          const leftOut = await sweep.run(items(size), { maxItems, untilMs }, async (item) => {
            seen.push(item)
          })
          assert.equal(leftOut, Math.max(0, size - maxItems))
        }
        assert.deepEqual(
          [...new Set(seen)].sort((a, b) => a - b),
          items(size),
        )
      }),
    )
  })

  it('has four tasks under way at the most, and begins none when its time is over', async () => {
    const clock = new FakeClock()
    let underWay = 0
    let most = 0
    const leftOut = await new Sweep(clock).run(items(100), { maxItems: 100, untilMs }, async () => {
      most = Math.max(most, ++underWay)
      await settled()
      clock.advance(50)
      underWay--
    })
    assert.equal(most, 4)
    assert.ok(leftOut >= 100 - 24 && leftOut < 100, `${leftOut}`)
  })

  it('begins no more when one fails', async () => {
    const begun: number[] = []
    const run = new Sweep(new FakeClock()).run(
      items(100),
      { maxItems: 100, untilMs },
      async (item) => {
        begun.push(item)
        if (item === 0) throw new Error('refused')
        await settled()
      },
    )
    await assert.rejects(run, { message: 'refused' })
    for (let turn = 0; turn < 10; turn++) await settled()
    assert.deepEqual(begun, [0, 1, 2, 3])
  })
})
