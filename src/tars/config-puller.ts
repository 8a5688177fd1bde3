/** Config files as tarsconfig keeps them: those of application, set, server and node, one after the other. */
import { Failure } from '../support/failure.ts'
import type { Communicator } from './communicator.ts'
import { ConfigF } from './idl/config-f.ts'
import { CallError, proxy, type TwoWayProxy } from './proxy.ts'

export class PullError extends Failure<'refused' | 'empty'> {}

export interface ConfigPullerOptions {
  readonly communicator: Communicator
  /** The value of `/tars/application/server<config>`, usually `tars.tarsconfig.ConfigObj`. */
  readonly object: string
  readonly app: string
  readonly server: string
  /** Its own lines come last: they win. */
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  /** Of one try; 3 s by default. */
  readonly timeoutMs?: number
}

const TRIES = 2

export class ConfigPuller {
  readonly #options: ConfigPullerOptions
  readonly #config: TwoWayProxy<typeof ConfigF>

  /** @throws {Error} The object has no address, and the communicator no locator. */
  constructor(options: ConfigPullerOptions) {
    this.#options = options
    const { communicator, object, timeoutMs = 3_000 } = options
    this.#config = proxy(communicator, ConfigF, object, { timeoutMs })
  }

  /**
   * The text of a file, never empty. What nobody answers is asked twice.
   * @throws {CallError | PullError}
   */
  async pull(filename: string): Promise<string> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#pullOnce(filename)
      } catch (error) {
        if (tries >= TRIES || !(error instanceof CallError && error.retryable)) throw error
      }
    }
  }

  async #pullOnce(filename: string): Promise<string> {
    const { object, app, server, node, set } = this.#options
    const { ret, config } = await this.#config.loadConfigByInfo({
      configInfo: {
        appname: app,
        servername: server,
        filename,
        bAppOnly: false,
        host: node,
        setdivision: set,
      },
    })
    if (ret !== 0) throw new PullError('refused', `${object}: answered ${ret} for ${filename}`)
    if (config.trim() === '') throw new PullError('empty', `${object}: has no ${filename}`)
    return config
  }
}
