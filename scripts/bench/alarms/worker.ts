/** One scenario in a thread of its own. */
import { mkdirSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
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

const job = workerData as Job
mkdirSync(job.folder, { recursive: true })
const outcome = await runWorld({ ...job, note: (text) => parentPort?.postMessage(text) })
const result: WorldResult = {
  outcome,
  score: scoreOf(outcome.scenario, outcome.truths, outcome.told),
}
parentPort?.postMessage(result)
