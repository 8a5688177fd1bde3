/**
 * `npm run -s test:chaos -- [--kills 100] [--seed 1] [--minutes N]`: kills a cloud at random, again and again, while
 * alarms come, and a mail server and receivers of webhooks fail, hang, throttle, talk garbage and break off. Then
 * compares what they took with what was due. Ends with a line of figures; exits with 1 when a message was lost, or came
 * twice that was not being sent when the cloud was killed; the folder is kept then.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chaos } from './chaos/run.ts'

const MOST_SHOWN = 20

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
  },
})
const [kills, seed] = [Number(values.kills), Number(values.seed)]
const minutes = Number(values.minutes ?? Infinity)
if (!(kills > 0) || !Number.isInteger(seed) || !(minutes > 0)) {
  throw new Error('--kills N --seed N --minutes N')
}

const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-chaos-'))
const report = await chaos({
  ...{ folder, seed, kills, withinMs: minutes * 60_000 },
  onKill: (so) => process.stderr.write(`\r${so} of ${kills} `),
})
const { lost, twiceOutside } = report
const isBad = lost.length > 0 || twiceOutside.length > 0
for (const line of [...lost, ...twiceOutside].slice(0, MOST_SHOWN)) console.log(line)
console.log(
  `\nkills ${report.kills} (${report.atStart} at a start), batches ${report.batches}, due ${report.due}, delivered ${report.delivered}, lost ${lost.length}, twice ${report.twiceInside} inside the window, outside ${twiceOutside.length}, taken without an answer ${report.unanswered}`,
)
if (isBad) console.log(`seed ${seed}: what is left is in ${folder}`)
else await rm(folder, { recursive: true, force: true })
process.exit(isBad ? 1 : 0)
