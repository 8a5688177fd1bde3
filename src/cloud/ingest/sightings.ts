import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import type { AgentRegister, Appended, EnvironmentId } from './ports.ts'

/** An agent that empties its backlog is heard many times a second: once is enough. */
const NOT_WITHIN_MS = 1000
const MAX_AGENTS = 10_000

/** Tells the register who was heard. The batch is taken whether or not that works. */
export class Sightings {
  readonly #agents: AgentRegister
  readonly #log: Log
  readonly #heard = new Map<string, { toldAt: UnixMs; windowEndMs: UnixMs | undefined }>()
  /** What was logged last, to log a repeated failure once. */
  #failure = ''

  constructor(agents: AgentRegister, log: Log) {
    this.#agents = agents
    this.#log = log
  }

  note({ environment, appended, address, seenAt }: Heard): void {
    const { id: agent, ...info } = appended.agent
    const name = `${environment}/${agent}`
    const known = this.#heard.get(name)
    // A backlog tells of old windows.
    const windowEndMs = newest(known?.windowEndMs, appended.windowEndMs)
    if (known && seenAt - known.toldAt < NOT_WITHIN_MS) {
      known.windowEndMs = windowEndMs
      return
    }
    if (this.#heard.size >= MAX_AGENTS) this.#heard.clear()
    this.#heard.set(name, { toldAt: seenAt, windowEndMs })
    this.#agents.seen({ ...info, environment, agent, address, seenAt, windowEndMs }).then(
      () => {
        this.#failure = ''
      },
      (cause: unknown) => {
        const error = messageOf(cause)
        if (error !== this.#failure)
          this.#log.warn({ environment, agent, error }, 'agent not noted')
        this.#failure = error
      },
    )
  }
}

interface Heard {
  readonly environment: EnvironmentId
  readonly appended: Appended
  readonly address: string
  readonly seenAt: UnixMs
}

function newest(a: UnixMs | undefined, b: UnixMs | undefined): UnixMs | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b)
}
