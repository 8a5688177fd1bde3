/** A cloud that is killed under load, with peers that misbehave: what `npm run -s test:chaos` does 100 times. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { chaos } from '../../scripts/chaos/run.ts'

const KILLS = 3

it(`${KILLS} kills lose no message, and repeat none that was not being sent`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-chaos-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { kills, due, delivered, lost, twiceOutside } = await chaos({
    folder,
    seed: 1,
    kills: KILLS,
  })
  assert.deepEqual([kills, lost, twiceOutside], [KILLS, [], []])
  assert.ok(due > 50 && delivered === due, `${delivered} of ${due}`)
})
