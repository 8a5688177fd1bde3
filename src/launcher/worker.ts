import { type ChildProcess, fork } from 'node:child_process'
import { dirname } from 'node:path'
import type { Clock } from '../support/clock.ts'

export interface WorkerOptions {
  /** The script, absolute. */
  readonly file: string
  /** Absolute. */
  readonly tarsConfigFile: string
  /** What it writes on stdout and stderr; undefined: to those of this process. */
  readonly onOutput: ((text: string) => void) | undefined
  readonly onExit: (exit: WorkerExit) => void
  readonly clock: Clock
}

export interface WorkerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Why there was no process at all. */
  readonly error?: string
}

/** How long a command may take in the worker. */
const ANSWER_MS = 3_000
/** Commands under way; more are not waited for. */
const MAX_ASKED = 64
/** Before tarsnode itself kills. */
const KILL_BEFORE_MS = 300

/** The server as a process. It ends with this one: it hears `disconnect` when this is killed. */
export class Worker {
  readonly #child: ChildProcess
  readonly #clock: Clock
  readonly #asked = new Map<number, (answer: string | undefined) => void>()
  readonly #gone: Promise<WorkerExit>
  #nextId = 1
  #isOnline = false

  constructor({ file, tarsConfigFile, onOutput, onExit, clock }: WorkerOptions) {
    this.#clock = clock
    const output = onOutput ? 'pipe' : 'inherit'
    this.#child = fork(file, [], {
      cwd: dirname(file),
      env: { ...process.env, TARS_CONFIG: tarsConfigFile, TARS_MONITOR: 'true', WORKER_ID: '0' },
      execArgv: [],
      stdio: ['ignore', output, output, 'ipc'],
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (onOutput) stream?.setEncoding('utf8').on('data', onOutput)
    }
    this.#child.once('spawn', () => {
      this.#isOnline = true
    })
    this.#child.on('message', (message) => this.#hear(message))
    this.#gone = new Promise((resolve) => this.#onceGone(resolve))
    void this.#gone.then(onExit)
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isOnline(): boolean {
    return this.#isOnline
  }

  /** Passes a command on; what the worker answers, undefined when it says nothing within 3 s. */
  async ask(cmd: string, data: string): Promise<string | undefined> {
    const id = this.#nextId++
    const sent = this.#send({ cmd, ...(data === '' ? {} : { data }), id })
    if (!sent || this.#asked.size >= MAX_ASKED) return undefined
    return new Promise((resolve) => {
      const answer = (text: string | undefined) => {
        cancel()
        this.#asked.delete(id)
        resolve(text)
      }
      const cancel = this.#clock.after(ANSWER_MS, () => answer(undefined))
      this.#asked.set(id, answer)
    })
  }

  /** Asks it to end, a second before `withinMs` sends SIGTERM, and then kills. Resolves when it is gone. */
  async stop(withinMs: number): Promise<WorkerExit> {
    this.#send({ cmd: 'agent.shutdown' })
    const gentleMs = Math.max(0, withinMs - 1_000)
    const cancels = [
      this.#clock.after(gentleMs, () => this.#child.kill('SIGTERM')),
      this.#clock.after(Math.max(gentleMs + KILL_BEFORE_MS, withinMs - KILL_BEFORE_MS), () =>
        this.#child.kill('SIGKILL'),
      ),
    ]
    const exit = await this.#gone
    for (const cancel of cancels) cancel()
    return exit
  }

  /** For one that does not listen; it is heard as its exit. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #onceGone(resolve: (exit: WorkerExit) => void): void {
    const gone = (exit: WorkerExit) => {
      this.#isOnline = false
      for (const answer of [...this.#asked.values()]) answer(undefined)
      resolve(exit)
    }
    this.#child.once('exit', (code, signal) => gone({ code, signal }))
    // Without a process there is no exit.
    this.#child.on('error', ({ message }) => {
      if (this.#child.pid === undefined) gone({ code: null, signal: null, error: message })
    })
  }

  #send(message: Record<string, string | number>): boolean {
    if (!this.#child.connected) return false
    // It may end meanwhile: that is heard as its exit.
    this.#child.send(message, () => {})
    return true
  }

  #hear(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('cmd' in message)) return
    if (message.cmd !== 'admin.result' || !('id' in message) || !('result' in message)) return
    this.#asked.get(Number(message.id))?.(String(message.result))
  }
}
