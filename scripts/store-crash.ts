/**
 * `npm run -s store-crash -- [--kills 100] [--seed 1]`: kills a store at random, again and again, and compares it
 * with a model each time. Ends with a line of figures; exits with 1 at the first thing lost, and keeps the folder.
 * `-- --start 50000`: kills one with so many records, and tells how long it takes to open.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { crash } from '../test/cloud/series/crash-run.ts'
import { type Load, startAfterKill } from '../test/cloud/series/crash-start.ts'

/** Of one folder: its data would else only grow. */
const KILLS_OF_A_FOLDER = 50

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    start: { type: 'string' },
  },
})
if (values.start === undefined) await crashAgainAndAgain(Number(values.kills), Number(values.seed))
else await start(Number(values.start))

async function crashAgainAndAgain(kills: number, firstSeed: number): Promise<void> {
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
}

/** By the log of ten minutes: a row of each record once a minute, and every ten seconds. */
async function start(records: number): Promise<void> {
  if (!(records > 0)) throw new Error('--start RECORDS')
  const loads = [
    { windows: 10, windowMs: 60_000 },
    { windows: 60, windowMs: 10_000 },
  ]
  for (const load of loads) console.log(await startLine({ records, ...load }))
}

async function startLine(load: Omit<Load, 'folder'>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-crash-'))
  try {
    const { report, cpuMs, maxRssBytes } = await startAfterKill({ folder, ...load })
    const rows = load.records * load.windows
    const [s, cpu] = [report.tookMs, cpuMs].map((ms) => (ms / 1000).toFixed(1))
    const mib = Math.round(maxRssBytes / 2 ** 20)
    return `records ${load.records}, rows in the log ${rows}: open after ${s} s, CPU of the process ${cpu} s, at most ${mib} MiB`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
