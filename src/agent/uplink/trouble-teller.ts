/** Tells trouble when it begins, changes and ends, not at each try. */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import type { SpoolLane } from '../spool/spool.ts'
import type { Answer, Trouble } from './verdict.ts'

export type UplinkTrouble = Trouble | 'no-key'

export interface TroubleTellerOptions {
  readonly clock: Clock
  readonly log: Log
  /** What an operator should know, at most once a change. */
  readonly tell: (level: 'normal' | 'error', message: string) => void
}

const KEY_HELP =
  'copy 环境标示 (env_key) from the card of your environment in the alarm console into ' +
  'AgentServer.conf (TarsWeb, 服务配置 of Alarm.AgentServer), then push it there or restart ' +
  'this server'

const MESSAGES: Record<UplinkTrouble, string> = {
  'no-key': `env_key is missing, nothing is sent to the cloud and no alarm will come: ${KEY_HELP}`,
  key: `the cloud does not know this env_key, so no alarm will come: ${KEY_HELP}`,
  unreachable: 'the cloud cannot be reached; batches are kept and sent later',
  busy: 'the cloud takes nothing at present; batches are kept and sent later',
  'wrong-address': 'what answers is not the alarm cloud: check cloud_url in AgentServer.conf',
  version:
    'this agent and the cloud do not speak the same version, so no alarm will come: update the ' +
    'older one (Alarm.AgentServer in TarsWeb, or your own cloud); batches are kept and sent then',
}

/** Troubles that need a person, at once. The others are told to TarsWeb when they last. */
const NEEDS_PERSON: readonly UplinkTrouble[] = ['no-key', 'key', 'wrong-address', 'version']
const LASTS_MS = 300_000

export class TroubleTeller {
  readonly #options: TroubleTellerOptions
  readonly #troubles = new Map<SpoolLane, UplinkTrouble>()
  #sinceMs: UnixMs = 0
  /** What was logged last of each lane, until all is well. */
  readonly #logged = new Map<SpoolLane, string>()
  readonly #told = new Set<UplinkTrouble>()

  constructor(options: TroubleTellerOptions) {
    this.#options = options
  }

  get trouble(): UplinkTrouble | undefined {
    return this.of('fresh') ?? this.of('backlog')
  }

  of(lane: SpoolLane): UplinkTrouble | undefined {
    return this.#troubles.get(lane)
  }

  enter(lane: SpoolLane, trouble: UplinkTrouble, answer: Answer | undefined): void {
    const { log, clock, tell } = this.#options
    if (this.#logged.size === 0) this.#sinceMs = clock.now()
    this.#troubles.set(lane, trouble)
    const { retryAfterMs: _, ...rest } = { retryAfterMs: 0, ...answer }
    const said = JSON.stringify({ trouble, ...rest })
    const message = `${MESSAGES[trouble]}${detailOf(answer)}`
    if (![...this.#logged.values()].includes(said)) log.error(rest, `uplink: ${message}`)
    this.#logged.set(lane, said)
    const lasts = clock.now() - this.#sinceMs >= LASTS_MS
    if (this.#told.has(trouble) || (!lasts && !NEEDS_PERSON.includes(trouble))) return
    this.#told.add(trouble)
    tell('error', message)
  }

  /** A batch of this lane was taken, or refused for good. */
  leave(lane: SpoolLane): void {
    this.#troubles.delete(lane)
    if (this.#troubles.size > 0 || this.#logged.size === 0) return
    this.#options.log.info('uplink: the cloud takes batches again')
    if (this.#told.size > 0) this.#options.tell('normal', 'the cloud takes batches again')
    this.#logged.clear()
    this.#told.clear()
  }

  /** There is nothing to send in this lane: nobody knows whether it would be taken. */
  forget(lane: SpoolLane): void {
    this.#troubles.delete(lane)
  }
}

/** What the cloud or the connection says of it. */
function detailOf(answer: Answer | undefined): string {
  const detail = answer?.kind === 'failed' ? answer.why : answer?.message
  return detail ? ` (${detail})` : ''
}
