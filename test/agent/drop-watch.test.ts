import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DropWatch } from '../../src/agent/drop-watch.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MINUTE = 60_000

function watched() {
  const clock = new FakeClock()
  const drops = { rows: 0, events: 0, batches: 0 }
  const told: unknown[][] = []
  const tell = async (...news: unknown[]) => void told.push(news)
  const watch = new DropWatch({ drops: () => drops, tell, clock })
  watch.start()
  return { clock, drops, told, watch }
}

it('while nothing is left out, nothing is told', () => {
  const { clock, told } = watched()
  clock.advance(60 * MINUTE)
  assert.deepEqual(told, [])
})

it('what is left out is told with its counts, and when there was none for 10 minutes, that too', () => {
  const { clock, drops, told } = watched()
  Object.assign(drops, { rows: 7, batches: 1 })
  clock.advance(MINUTE)
  const counts = 'since the start 7 rows, 0 events and 1 batches'
  const warning = ['warn', `data is left out, ${counts}: see tars.viewstatus`, 'drops']
  assert.deepEqual(told, [warning])
  clock.advance(10 * MINUTE)
  assert.deepEqual(told, [warning, ['normal', 'nothing is left out any more', 'drops']])
  clock.advance(60 * MINUTE)
  assert.equal(told.length, 2)
})

it('after the end nobody looks', () => {
  const { clock, drops, told, watch } = watched()
  watch.stop()
  drops.rows = 1
  clock.advance(MINUTE)
  assert.deepEqual(told, [])
})
