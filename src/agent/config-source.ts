/**
 * Where `AgentServer.conf` comes from: tarsconfig, else the copy of what was good last, else the
 * file beside the TARS config. The copy is the user's: it holds the key.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { makeFolder } from '../support/make-folder.ts'
import { writeWhole } from '../support/whole-file.ts'
import { type AgentConfig, parseAgentConfig } from './config.ts'
import { AgentConfigError } from './config-file.ts'

/** Its name at tarsconfig. */
export const CONFIG_NAME = 'AgentServer.conf'

export type ConfigOrigin = 'tarsconfig' | 'last good copy' | 'file'

export interface FoundConfig {
  readonly config: AgentConfig
  readonly origin: ConfigOrigin
  /** A path, or `tarsconfig:AgentServer.conf`. */
  readonly where: string
  readonly text: string
  /** Why those that come first were not taken, a line each. */
  readonly passedOver: readonly string[]
}

export interface ConfigSourceOptions {
  /** Undefined: there is no tarsconfig to ask; then there is no copy either. */
  readonly puller: { pull(filename: string): Promise<string> } | undefined
  /** The folder of the copy; undefined: none is kept. */
  readonly dataPath: string | undefined
  /** Given on the command line, or beside the TARS config. */
  readonly file: string
  readonly log: Log
}

export class ConfigSource {
  readonly #options: ConfigSourceOptions

  constructor(options: ConfigSourceOptions) {
    this.#options = options
  }

  /** The first that is good. @throws {AgentConfigError} None is; says of each why. */
  find(): Promise<FoundConfig> {
    return this.#firstGood(['tarsconfig', 'last good copy', 'file'])
  }

  /**
   * At run time. What runs is better than a copy of it, and better than a file that it was not
   * made of. @throws {AgentConfigError}
   */
  findAgain(running: ConfigOrigin): Promise<FoundConfig> {
    return this.#firstGood(running === 'file' ? ['tarsconfig', 'file'] : ['tarsconfig'])
  }

  /** Remembers what has proved good. What cannot be written is only logged. */
  keep({ origin, text }: FoundConfig): void {
    const path = this.#copyPath
    if (path === undefined || origin !== 'tarsconfig') return
    try {
      makeFolder(dirname(path))
      writeWhole(path, text, 0o600)
    } catch (error) {
      this.#options.log.warn({ path, error: messageOf(error) }, 'config: no copy could be kept')
    }
  }

  get #copyPath(): string | undefined {
    const { puller, dataPath } = this.#options
    return puller && dataPath !== undefined ? join(dataPath, CONFIG_NAME) : undefined
  }

  async #firstGood(origins: readonly ConfigOrigin[]): Promise<FoundConfig> {
    const passedOver: string[] = []
    for (const origin of origins) {
      try {
        const read = await this.#read(origin)
        if (!read) continue
        const config = parseAgentConfig(read.text, read.where)
        return { config, origin, ...read, passedOver }
      } catch (error) {
        passedOver.push(...messageOf(error).split('\n'))
      }
    }
    throw new AgentConfigError('invalid', passedOver.join('\n'))
  }

  /** Undefined when there is no such origin. */
  async #read(origin: ConfigOrigin): Promise<{ where: string; text: string } | undefined> {
    const { puller, file } = this.#options
    if (origin === 'tarsconfig') {
      if (!puller) return undefined
      return { where: `tarsconfig:${CONFIG_NAME}`, text: await puller.pull(CONFIG_NAME) }
    }
    const path = origin === 'file' ? file : this.#copyPath
    if (path === undefined || (origin === 'last good copy' && !existsSync(path))) return undefined
    try {
      return { where: path, text: readFileSync(path, 'utf8') }
    } catch (error) {
      throw new AgentConfigError('unreadable', `${path}: ${messageOf(error)}`, { cause: error })
    }
  }
}
