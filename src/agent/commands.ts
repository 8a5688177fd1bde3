/**
 * Commands of TarsWeb (更多命令) as node-agent passes them on: process messages `{cmd, data}`.
 * These have no answer, so it goes to the log and as a notify; a launcher that adds an `id` gets it.
 */
import { messageOf } from '../support/failure.ts'
import type { Log, LogLevel } from '../support/log.ts'
import { logLevelOf } from '../tars/log-level.ts'
import { CONFIG_NAME } from './config-source.ts'
import type { Panel } from './panel.ts'

export interface Command {
  readonly name: string
  readonly data: string
  /** Present: whoever sent it waits for an answer. */
  readonly id?: string | number
}

export interface CommandPorts {
  /** Loads the config anew and returns what to know of it. @throws what is wrong; then nothing has changed. */
  readonly reload: () => Promise<string>
  readonly setLogLevel: (level: LogLevel) => void
  readonly viewStatus: () => string
  readonly version: () => string
  readonly tell: Panel['tell']
  readonly log: Log
}

const HELP = `tars.loadconfig ${CONFIG_NAME}, tars.setloglevel LEVEL, tars.viewstatus, tars.viewversion`

/** Undefined when a process message is no command. */
export function commandOf(message: unknown): Command | undefined {
  if (typeof message !== 'object' || message === null || !('cmd' in message)) return undefined
  const { cmd } = message
  if (typeof cmd !== 'string' || !/^(tars|alarm)\./.test(cmd)) return undefined
  const data = 'data' in message && typeof message.data === 'string' ? message.data.trim() : ''
  const id = 'id' in message ? message.id : undefined
  const hasId = typeof id === 'string' || typeof id === 'number'
  return { name: cmd, data, ...(hasId && { id }) }
}

/** Runs one command after the other; the answer is for people. Never rejects. */
export class Commands {
  readonly #ports: CommandPorts
  #last: Promise<unknown> = Promise.resolve()
  #configRefused: boolean

  /** `configRefused`: the operator was told so at the start. */
  constructor(ports: CommandPorts, configRefused = false) {
    this.#ports = ports
    this.#configRefused = configRefused
  }

  run(command: Command): Promise<string> {
    const answer = this.#last.then(() => this.#run(command))
    this.#last = answer
    return answer
  }

  async #run({ name, data }: Command): Promise<string> {
    const { log, version } = this.#ports
    switch (name) {
      case 'tars.loadconfig':
        return this.#loadConfig(data)
      case 'tars.setloglevel':
        return this.#setLogLevel(data)
      case 'tars.viewstatus':
      case 'alarm.status':
        return this.#viewStatus()
      case 'tars.viewversion':
        return version()
      case 'tars.help':
        return HELP
      default:
        log.debug({ command: name }, 'command: not ours')
        return `unknown command '${name}', known are ${HELP}`
    }
  }

  async #loadConfig(file: string): Promise<string> {
    const { reload, tell, log } = this.#ports
    if (file !== '' && file !== CONFIG_NAME)
      return `'${file}' is not read here, only ${CONFIG_NAME}`
    try {
      const text = await reload()
      log.info(`command: ${text}`)
      void tell('normal', text, this.#configRefused ? 'config' : undefined)
      this.#configRefused = false
      return text
    } catch (error) {
      const text = `${CONFIG_NAME} is refused, the one before stays in force: ${messageOf(error)}`
      log.error(`command: ${text}`)
      void tell('error', text, 'config')
      this.#configRefused = true
      return text
    }
  }

  #setLogLevel(word: string): string {
    const level = logLevelOf(word)
    if (level === undefined) {
      return `log level '${word}' is none of NONE, ERROR, WARN, INFO, DEBUG, TARS`
    }
    this.#ports.setLogLevel(level)
    this.#ports.log.warn({ level }, 'command: the log level is set')
    return `log level is ${level}, until the next start or tars.loadconfig`
  }

  #viewStatus(): string {
    const { viewStatus, tell, log } = this.#ports
    const text = viewStatus()
    log.info(`command: status\n${text}`)
    void tell('normal', text)
    return text
  }
}
