import { messageOf } from './failure.ts'

type Stop = () => void | Promise<void>

/** What starts, stops: each part is pushed with a name and undone last-first, also when one fails. */
export class StopList {
  readonly #parts: { name: string; stop: Stop }[] = []

  push(name: string, stop: Stop): void {
    this.#parts.push({ name, stop })
  }

  /** Stops all that was pushed; returns what went wrong, a line each. */
  async stop(): Promise<string[]> {
    const failures: string[] = []
    for (let part = this.#parts.pop(); part; part = this.#parts.pop()) {
      try {
        await part.stop()
      } catch (error) {
        failures.push(`${part.name}: ${messageOf(error)}`)
      }
    }
    return failures
  }
}
