/**
 * How good the default alarms are: simulated services with labelled incidents, through the cloud's own path
 * from bytes to alarms, at simulated time. `--seed N` draws other scenarios; `--scenario FILE` takes one that
 * was kept aside; `--quick` is small, for tuning, and of seeds that are never reported. Parts: other rule files.
 * See `alarms/README.md`.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Bench } from '../bench-checks.ts'
import { checksOf } from './alarms/checks.ts'
import { figuresOf } from './alarms/figures.ts'
import { linesOf } from './alarms/lines.ts'
import { readScenario, type Scenario } from './alarms/scenario.ts'
import { REPORTED_SEED, scenariosOf, TUNING_SEED } from './alarms/scenarios.ts'
import type { Job, WorldResult } from './alarms/worker.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** A file system in memory, as Linux has it: how long a disk takes is not what is measured. */
const MEMORY = '/dev/shm'
/**
 * Much is made and dropped with each minute: the less often that is looked through, the faster, and by one thread, as
 * the cores are all taken.
 */
const FLAGS = [
  ...['--single-threaded-gc', '--max-semi-space-size=256', '--min-semi-space-size=256'],
  '--initial-old-space-size=800',
]
const RULES = fileURLToPath(new URL('../../conf/rules', import.meta.url))

export const bench: Bench = async (note, { quick, parts, seed, scenario }) => {
  const used = seed ?? (quick ? TUNING_SEED : REPORTED_SEED)
  const scenarios = scenario ? [await readScenario(scenario)] : scenariosOf(used, quick)
  const startedMs = performance.now()
  const elapsed = () => Math.round((performance.now() - startedMs) / 1000)
  const rules = parts.length > 0 ? parts : [RULES]
  const results = await runAll({ scenarios, rules }, (text) => note(`${elapsed()} s: ${text}`))
  const seconds = elapsed()
  const minutely = figuresOf(scoresOf(results, 60_000))
  const often = figuresOf(scoresOf(results, 10_000))
  const faults = results.flatMap(({ outcome }) => outcome.faults)
  return {
    checks: checksOf({ minutely, often, seconds, faults: faults.length }),
    raw: {
      seconds,
      seed: scenario ? null : used,
      scenario,
      faults,
      minutely,
      often,
      ...rawOf(results),
    },
    lines: linesOf({ minutely, often, results }),
  }
}

function scoresOf(results: readonly WorldResult[], reportMs: number) {
  return results
    .filter(({ outcome }) => outcome.scenario.reportMs === reportMs)
    .map(({ score }) => score)
}

/** In the order given, one more at a time than there are cores: each waits for the disk now and then. */
async function runAll(
  { scenarios, rules }: { scenarios: readonly Scenario[]; rules: readonly string[] },
  note: (text: string) => void,
): Promise<WorldResult[]> {
  const stage = new Stage()
  const results: WorldResult[] = []
  const waiting = [...scenarios.entries()]
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, scenario] = next
      results[at] = await stage.run(
        { scenario, folder: join(stage.folder, String(at)), rules },
        note,
      )
    }
  }
  try {
    await Promise.all(Array.from({ length: availableParallelism() + 1 }, lane))
    return results
  } finally {
    stage.clear()
  }
}

/** A folder and processes: all gone when it is over, also by Ctrl-C. */
class Stage {
  readonly folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'tars-alarm-bench-'))
  readonly #workers = new Set<ChildProcess>()
  readonly #leave = () => {
    this.clear()
    process.exit(130)
  }

  constructor() {
    for (const signal of SIGNALS) process.once(signal, this.#leave)
  }

  run(job: Job, note: (text: string) => void): Promise<WorldResult> {
    const worker = fork(new URL('alarms/worker.ts', import.meta.url), {
      execArgv: [...process.execArgv, ...FLAGS],
      serialization: 'advanced',
    })
    this.#workers.add(worker)
    worker.send(job)
    return new Promise((resolve, reject) => {
      worker.on('message', (message: string | WorldResult) => {
        if (typeof message === 'string') note(message)
        else resolve(message)
      })
      worker.on('error', reject)
      worker.on('exit', (code, signal) => {
        this.#workers.delete(worker)
        reject(new Error(`a worker ended with ${signal ?? code}`))
      })
    })
  }

  clear(): void {
    for (const signal of SIGNALS) process.off(signal, this.#leave)
    for (const worker of this.#workers) worker.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function rawOf(results: readonly WorldResult[]) {
  const incidents = results.flatMap(({ score }) => score.incidents)
  return {
    worlds: results.map(({ outcome }) => {
      const { scenario, seconds, rows, evaluations } = outcome
      const services = scenario.services.length
      return { name: scenario.name, seed: scenario.seed, services, rows, evaluations, seconds }
    }),
    incidents: incidents.map(({ truth, alarms, ...rest }) => {
      return {
        ...truth,
        ...rest,
        alarms: alarms.map(({ rule, service, cause, at, heldMs }) => {
          return { rule, service, cause, at, heldMs }
        }),
      }
    }),
    falseAlarms: results.flatMap(({ score }) => score.falseAlarms),
  }
}
