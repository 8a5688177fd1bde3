/** What the operator should know, told to TarsWeb's notify panel at a bounded rate. */
import { type Cancel, type Clock, systemClock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import { Notifier } from '../tars/notifier.ts'
import { foreignObject } from './hosting.ts'
import type { TarsIdentity } from './identity.ts'
import { type News, type NewsLevel, NotifyBudget, type TroubleKind } from './notify-budget.ts'

export interface Panel {
  /**
   * Of a `kind`, `warn` and `error` are told at most every 10 minutes, and `normal` says once that
   * it is over; all together at most 20 an hour. Resolves when it is taken, given up or held back.
   */
  tell(level: NewsLevel, message: string, kind?: TroubleKind): Promise<void>
  close(): void
}

/** A panel that only the log sees when there is no notify object to call but ourselves. */
export function openPanel(identity: TarsIdentity, log: Log, clock = systemClock): Panel {
  const { app, server, node, set, locator } = identity
  const silent: Panel = { tell: async () => {}, close: () => {} }
  // Our own notifies would come back as events.
  const object = foreignObject(identity, 'notify')
  if (object === undefined) return silent
  const communicator = openCommunicator(locator)
  try {
    const notifier = new Notifier({ communicator, object, app, server, node, set, log })
    const send = ({ level, message }: News) => notifier.notify(level, message)
    const pace = new Pace(send, clock)
    return {
      tell: (level, message, kind) => pace.offer({ level, message, kind }),
      close() {
        pace.stop()
        closeCommunicator(communicator)
      },
    }
  } catch (error) {
    log.warn({ object, error: messageOf(error) }, 'TarsWeb cannot be notified')
    return silent
  }
}

/** Sends what the budget lets through, at once or when it is due. */
export class Pace {
  readonly #send: (news: News) => Promise<void>
  readonly #clock: Clock
  readonly #budget = new NotifyBudget()
  #cancel: Cancel = () => {}

  constructor(send: (news: News) => Promise<void>, clock: Clock) {
    this.#send = send
    this.#clock = clock
  }

  async offer(news: News): Promise<void> {
    const told = this.#budget.offer(news, this.#clock.now())
    this.#arm()
    if (told) await this.#send(told)
  }

  stop(): void {
    this.#cancel()
  }

  #arm(): void {
    this.#cancel()
    const { nextDueMs } = this.#budget
    if (nextDueMs === undefined) return
    this.#cancel = this.#clock.after(Math.max(1, nextDueMs - this.#clock.now()), () => {
      for (const news of this.#budget.due(this.#clock.now())) void this.#send(news)
      this.#arm()
    })
  }
}
