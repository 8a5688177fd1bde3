/**
 * Run by crash.test.ts: writes block after block to the path given, each with the next generation in its note
 * and in all its values, and a letter to stdout at each step. Ends by being killed.
 */
import { writeSync } from 'node:fs'
import { writeBlock } from '../../../../src/cloud/series/block/block-writer.ts'
import { Pace } from '../../../../src/cloud/series/block/pace.ts'
import { familyOf, HOUR, T0 } from './fixture.ts'

class LoudPace extends Pace {
  override rest(values: number): Promise<void> {
    if (values > 1000) writeSync(1, '.')
    return super.rest(values)
  }
}

const [path = '', first = '0'] = process.argv.slice(2)
for (let generation = Number(first); ; generation++) {
  const records = Array.from({ length: 600 }, (_, at) => ({
    labels: { ip: String(at) },
    rows: [0, 1, 2].map((minute) => ({ minute, op: 0, values: [generation, at, 1] })),
  }))
  const range = { startMs: T0, endMs: T0 + 4 * HOUR }
  await writeBlock(path, [familyOf(records)], range, {
    note: String(generation),
    pace: new LoudPace(1),
  })
  writeSync(1, 'w')
}
