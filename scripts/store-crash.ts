/**
 * `npm run -s store-crash -- [--kills 100] [--seed 1]`: kills a store at random, again and again, and compares it
 * with a model each time. Ends with a line of figures; exits with 1 at the first thing lost, and keeps the folder.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { crash } from '../test/cloud/series/crash-run.ts'

/** Of one folder: its data would else only grow. */
const KILLS_OF_A_FOLDER = 50

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
  },
})
const [kills, firstSeed] = [Number(values.kills), Number(values.seed)]
if (!(kills > 0) || !Number.isInteger(firstSeed)) throw new Error('--kills N --seed N')

const sum = { kills: 0, behindPort: 0, ended: 0, answered: 0, unanswered: 0 }
for (let seed = firstSeed; sum.kills < kills; seed++) {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-crash-'))
  try {
    const wanted = Math.min(KILLS_OF_A_FOLDER, kills - sum.kills)
    const report = await crash(folder, seed, wanted, ({ kills: so }) => {
      process.stderr.write(`\r${sum.kills + so} of ${kills} `)
    })
    for (const name of ['kills', 'behindPort', 'ended', 'answered', 'unanswered'] as const)
      sum[name] += report[name]
  } catch (error) {
    console.error(`\nseed ${seed}: what is left is in ${folder}`)
    throw error
  }
  await rm(folder, { recursive: true, force: true })
}
console.log(
  `\nkills ${sum.kills} (${sum.behindPort} behind the port), orderly ends ${sum.ended}, batches acknowledged ${sum.answered}, there though not acknowledged ${sum.unanswered}, lost 0, twice 0`,
)
