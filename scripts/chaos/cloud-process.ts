/** One life of the cloud: a real process, on a clock that the test steers. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { ClockPlan } from '../../src/support/clock.ts'

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const LAST_WORDS_CHARS = 4_000

export class CloudProcess {
  /** Rejects, with its last words, when it ends before it is ready; a kill resolves it, too. */
  readonly ready: Promise<void>
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #isKilled = false
  #lastWords = ''

  constructor(configFile: string, clock: ClockPlan) {
    const args = ['cloud', '--config', configFile, '--clock', JSON.stringify(clock)]
    this.#child = fork(CLI, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#lastWords = (this.#lastWords + chunk).slice(-LAST_WORDS_CHARS)
      })
    }
    this.#ended = once(this.#child, 'exit')
    this.ready = this.#becomesReady()
    // Whoever waits hears of it; of one killed at its start nobody waits.
    this.ready.catch(() => {})
  }

  /** It has ended by itself. */
  get isDead(): boolean {
    return !this.#isKilled && (this.#child.exitCode !== null || this.#child.signalCode !== null)
  }

  get lastWords(): string {
    return this.#lastWords
  }

  steer(clock: ClockPlan): void {
    this.#child.send({ clock })
  }

  async kill(): Promise<void> {
    this.#isKilled = true
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async stop(): Promise<void> {
    this.#isKilled = true
    this.#child.kill('SIGTERM')
    await this.#ended
  }

  async #becomesReady(): Promise<void> {
    const [said] = (await Promise.race([once(this.#child, 'message'), this.#ended])) as [unknown]
    const isReady = typeof said === 'object' && said !== null && 'ready' in said
    if (isReady || this.#isKilled) return
    throw new Error(`the cloud ended before it was ready:\n${this.#lastWords}`)
  }
}
