import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WorkerWatch } from '../../src/launcher/worker-watch.ts'
import { FakeClock } from '../support/fake-clock.ts'

/** Minutes until the worker counts as hung when it answers so; undefined: never. */
async function hungAfter(answers: string): Promise<number | undefined> {
  const clock = new FakeClock()
  let asked = 0
  let isHung = false
  const watch = new WorkerWatch({
    ask: async () => (answers[asked++] === '+' ? '0.1.0' : undefined),
    onHung: () => {
      isHung = true
    },
    clock,
  })
  for (let minute = 1; minute <= answers.length; minute++) {
    clock.advance(60_000)
    await new Promise((resolve) => setImmediate(resolve))
    if (isHung) {
      assert.equal(asked, minute)
      return minute
    }
  }
  assert.equal(asked, answers.length)
  watch.stop()
  clock.advance(60_000)
  assert.equal(asked, answers.length, 'nobody asks a worker that is gone')
  return undefined
}

describe('a worker counts as hung', () => {
  const CASES: [name: string, answers: string, minutes: number | undefined][] = [
    ['after five minutes without an answer', '++-----', 7],
    ['not while it answers now and then', '+----+----+----', undefined],
    ['not when it has never answered: it may not know how', '----------', undefined],
  ]
  for (const [name, answers, minutes] of CASES) {
    it(name, async () => assert.equal(await hungAfter(answers), minutes))
  }
})
