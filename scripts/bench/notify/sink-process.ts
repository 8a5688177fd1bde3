import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Stage } from '../series/stage.ts'
import type { Ports, Taken } from './sink.ts'

const SINK = fileURLToPath(new URL('sink.ts', import.meta.url))
const POLL_MS = 20

export class SinkProcess {
  readonly ports: Ports
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, ports: Ports) {
    this.#child = child
    this.ports = ports
  }

  static async start({ stop }: Stage): Promise<SinkProcess> {
    const child = fork(SINK)
    stop.push('sink', () => void child.kill('SIGKILL'))
    const [ports] = (await once(child, 'message')) as [Ports]
    return new SinkProcess(child, ports)
  }

  async taken(what: 'webhooks' | 'mails' | 'forget'): Promise<Taken> {
    this.#child.send(what)
    const [taken] = (await once(this.#child, 'message')) as [Taken]
    return taken
  }

  /** Waits until `isAll` of what was taken. @throws {Error} it did not come within `withinMs`. */
  async until(
    what: 'webhooks' | 'mails',
    isAll: (taken: Taken) => boolean,
    withinMs = 120_000,
  ): Promise<Taken> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const taken = await this.taken(what)
      if (isAll(taken)) return taken
      if (performance.now() > deadline) {
        throw new Error(`only ${taken.messages} ${what} with ${taken.alarms} alarms arrived`)
      }
      await new Promise((later) => setTimeout(later, POLL_MS))
    }
  }
}
