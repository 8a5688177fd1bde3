import type { Cancel, Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { Communicator } from '../tars/communicator.ts'
import { ServerF } from '../tars/idl/server-f.ts'
import { proxy, type TwoWayProxy } from '../tars/proxy.ts'

export interface NodeReporterOptions {
  readonly communicator: Communicator
  /** `tars.tarsnode.ServerObj@tcp -h … -p …` */
  readonly object: string
  readonly app: string
  readonly server: string
  readonly version: string
  /** That of the process tarsnode started. */
  readonly pid: number
  readonly clock: Clock
  readonly log: Log
}

const INTERVAL_MS = 10_000

/** Tells tarsnode every 10 s that the server lives, and once which version it has. */
export class NodeReporter {
  readonly #options: NodeReporterOptions
  readonly #node: TwoWayProxy<typeof ServerF>
  #cancel: Cancel = () => {}
  #isVersionKnown = false
  #isHeard = true

  /** @throws {Error} The object has no address, and the communicator no locator. */
  constructor(options: NodeReporterOptions) {
    this.#options = options
    this.#node = proxy(options.communicator, ServerF, options.object)
  }

  /** Reports now and from now on. */
  start(): void {
    this.#cancel = this.#options.clock.after(INTERVAL_MS, () => this.start())
    void this.#report()
  }

  stop(): void {
    this.#cancel()
  }

  async #report(): Promise<void> {
    const { app, server, version, pid, log } = this.#options
    try {
      const serverInfo = { application: app, serverName: server, pid, adapter: '' }
      await this.#node.keepAlive({ serverInfo })
      if (!this.#isVersionKnown) {
        await this.#node.reportVersion({ app, serverName: server, version })
        this.#isVersionKnown = true
      }
      this.#isHeard = true
    } catch (error) {
      // Said when it begins, not each time.
      if (this.#isHeard) log.warn({ error: messageOf(error) }, 'tarsnode does not answer')
      this.#isHeard = false
    }
  }
}
