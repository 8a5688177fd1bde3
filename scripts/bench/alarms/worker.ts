/** One scenario in a process of its own: takes a `Job`, tells lines, at last a `WorldResult`. */
import { mkdirSync } from 'node:fs'
import type { Scenario } from './scenario.ts'
import { type Score, scoreOf } from './score.ts'
import { type Outcome, runWorld } from './world.ts'

export interface WorldResult {
  readonly outcome: Outcome
  readonly score: Score
}

export interface Job {
  readonly scenario: Scenario
  readonly folder: string
  readonly rules: readonly string[]
}

process.once('message', async (job: Job) => {
  mkdirSync(job.folder, { recursive: true })
  const outcome = await runWorld({ ...job, note: (text) => process.send?.(text) })
  const score = scoreOf(outcome.scenario, outcome.truths, outcome.told)
  process.send?.({ outcome, score } satisfies WorldResult, () => process.disconnect())
})
