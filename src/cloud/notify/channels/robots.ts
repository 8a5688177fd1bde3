/** Robots of one chat group as a channel: they take turns, each within its budget. */
import type { Delivery } from '../ports.ts'
import { Budget } from './budget.ts'
import { type Channel, type ChannelDeps, ChannelFailure } from './channel.ts'
import type { OutgoingRequest } from './outgoing-http.ts'
import {
  type CodeMeaning,
  cutSaying,
  judged,
  type Refusal,
  type RobotProtocol,
  type Saying,
  sayingOf,
} from './robot.ts'
import { scrubber } from './secrets.ts'

/** For one delivery: the first and three more. Each takes 10 s at the most. */
const MAX_POSTS = 4
/** About this robot, not about the message: another of the group may be let in. */
const SETTLED_FOR_ROBOT: readonly CodeMeaning[] = ['disabled', 'misconfigured']

interface Talker<Robot> {
  readonly robot: Robot
  readonly budget: Budget
}

export class Robots<Robot> implements Channel {
  readonly kind: Channel['kind']
  readonly #protocol: RobotProtocol<Robot>
  readonly #deps: ChannelDeps
  readonly #talkers: readonly Talker<Robot>[]
  readonly #scrub: (text: string) => string

  constructor(protocol: RobotProtocol<Robot>, deps: ChannelDeps) {
    this.kind = protocol.kind
    this.#protocol = protocol
    this.#deps = deps
    this.#talkers = protocol.robots.map((robot) => ({ robot, budget: new Budget(protocol.limits) }))
    this.#scrub = scrubber(protocol.secrets)
  }

  async send(delivery: Delivery, signal: AbortSignal): Promise<string> {
    let saying = sayingOf(delivery, this.#protocol.keyword)
    let refusal: Refusal | undefined
    const out = new Set<Talker<Robot>>()
    for (let posts = 0; posts < MAX_POSTS; posts++) {
      const talker = this.#next(out)
      if (!talker) break
      const answer = await this.#post(talker, saying, signal)
      if (typeof answer === 'string') return told(answer, refusal)
      refusal = answer
      if (answer.meaning === 'too-long') saying = this.#cut(saying, 1 / 2)
      else if (!this.#goesOn(talker, answer, out)) break
    }
    throw this.#ending(refusal, out)
  }

  close(): void {}

  /** Whether another post may do better. */
  #goesOn(talker: Talker<Robot>, { meaning }: Refusal, out: Set<Talker<Robot>>): boolean {
    if (meaning === 'throttled') {
      talker.budget.rest(this.#deps.clock.now(), this.#protocol.coolDownMs)
      return true
    }
    if (SETTLED_FOR_ROBOT.includes(meaning)) out.add(talker)
    return meaning === 'again' || out.has(talker)
  }

  /** Of the robots that may speak now the one that has been silent for longest. */
  #next(out: ReadonlySet<Talker<Robot>>): Talker<Robot> | undefined {
    const now = this.#deps.clock.now()
    return this.#talkers
      .filter((talker) => !out.has(talker) && talker.budget.waitMs(now) === 0)
      .toSorted((a, b) => a.budget.spokeAt - b.budget.spokeAt)[0]
  }

  async #post(
    { robot, budget }: Talker<Robot>,
    saying: Saying,
    signal: AbortSignal,
  ): Promise<string | Refusal> {
    const now = this.#deps.clock.now()
    budget.spoke(now)
    const request = this.#fitting(robot, saying, now)
    const answer = await this.#deps.http.post(request, signal)
    return judged(this.#protocol, answer, new URL(request.url).host, this.#scrub)
  }

  /** The request, its text cut in proportion where the body is too large: JSON makes six bytes of some. */
  #fitting(robot: Robot, saying: Saying, now: number): OutgoingRequest {
    const { maxBodyBytes, requestOf } = this.#protocol
    const request = requestOf(robot, saying, now)
    const ratio = maxBodyBytes / Buffer.byteLength(request.body)
    if (ratio >= 1) return request
    const shorter = this.#cut(saying, ratio)
    const isLess = Buffer.byteLength(shorter.text) < Buffer.byteLength(saying.text)
    return isLess ? this.#fitting(robot, shorter, now) : request
  }

  #cut(saying: Saying, ratio: number): Saying {
    const maxBytes = Math.floor(Buffer.byteLength(saying.text) * ratio)
    return cutSaying(saying, maxBytes, this.#protocol.keyword)
  }

  /** Where no robot took it: why, or when one of those that may take it speaks again. */
  #ending(refusal: Refusal | undefined, out: ReadonlySet<Talker<Robot>>): ChannelFailure {
    const { robots, name } = this.#protocol
    const resting = this.#talkers.filter((talker) => !out.has(talker))
    const ofRobot = ['throttled', ...SETTLED_FOR_ROBOT].includes(refusal?.meaning ?? 'throttled')
    if (refusal && (resting.length === 0 || !ofRobot)) return refusal.failure
    const now = this.#deps.clock.now()
    const waitMs = Math.min(...resting.map(({ budget }) => budget.waitMs(now)))
    const spent = `${name}: ${robots.length} robot(s) have said all that they may for now`
    return new ChannelFailure('busy', refusal?.failure.message ?? spent, false, waitMs)
  }
}

function told(answer: string, before: Refusal | undefined): string {
  return before ? `${answer}; before that ${before.failure.message}` : answer
}
