/** Who reads a view keeps what it needs; a newer one takes its place at once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Views } from '../../../../src/cloud/series/read/view.ts'

const FIRST = {
  ...{ blocks: [], hours: [], missing: [] },
  ...{ floorMs: 0, rolledMs: -Infinity, epoch: 0 },
}

/** A reader that stays until it is told to leave; which view it has. */
function reader(views: Views) {
  const { promise, resolve } = Promise.withResolvers<void>()
  let floorMs = Number.NaN
  const left = views.read(async (view) => {
    floorMs = view.floorMs
    await promise
  })
  const leave = () => {
    resolve()
    return left
  }
  return { leave, floorMs }
}

async function isDone(promise: Promise<void>): Promise<boolean> {
  await Promise.resolve()
  return Promise.race([promise.then(() => true), Promise.resolve().then(() => false)])
}

describe('views', () => {
  it('that nobody reads are replaced at once', async () => {
    const views = new Views(FIRST)
    assert.ok(await isDone(views.replace({ floorMs: 1 })))
    assert.equal(views.current.floorMs, 1)
  })

  it('are kept as long as somebody reads them; who comes later does not matter', async () => {
    const views = new Views(FIRST)
    const old = reader(views)
    const replaced = views.replace({ floorMs: 1 })
    const young = reader(views)
    assert.deepEqual([old.floorMs, young.floorMs], [0, 1])
    assert.equal(await isDone(replaced), false)
    await old.leave()
    assert.ok(await isDone(replaced))
    await young.leave()
  })

  it('replaced one after another are each waited for', async () => {
    const views = new Views(FIRST)
    const first = reader(views)
    const once = views.replace({ floorMs: 1 })
    const second = reader(views)
    const twice = views.replace({ floorMs: 2 })
    await second.leave()
    assert.deepEqual([await isDone(once), await isDone(twice)], [false, false])
    await first.leave()
    assert.deepEqual([await isDone(once), await isDone(twice)], [true, true])
  })
})
