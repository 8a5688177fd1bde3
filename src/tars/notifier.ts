import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { Communicator } from './communicator.ts'
import {
  NOTIFY,
  NOTIFYERROR,
  NOTIFYNORMAL,
  NOTIFYWARN,
  NotifyF,
  ReportInfo,
} from './idl/notify-f.ts'
import { proxy, type TwoWayProxy } from './proxy.ts'

/** Notifies under way; more are dropped and counted. */
const MAX_UNDER_WAY = 16
const MAX_MESSAGE_CHARS = 1_000
const LEVELS = { normal: NOTIFYNORMAL, warn: NOTIFYWARN, error: NOTIFYERROR }

export interface NotifierOptions {
  readonly communicator: Communicator
  /** The value of `/tars/application/server<notify>`, usually `tars.tarsnotify.NotifyObj`. */
  readonly object: string
  /** Who speaks: `Alarm`, `AgentServer`, and the node name. */
  readonly app: string
  readonly server: string
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set?: string
  readonly log: Log
}

/** Tells TarsWeb's notify panel what the operator should know. Never throws; failures are counted. */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #notify: TwoWayProxy<typeof NotifyF>
  #underWay = 0
  #sent = 0
  #failed = 0

  /** @throws {Error} The object has no address, and the communicator no locator. */
  constructor(options: NotifierOptions) {
    this.#options = options
    this.#notify = proxy(options.communicator, NotifyF, options.object)
  }

  get counts(): { readonly sent: number; readonly failed: number } {
    return { sent: this.#sent, failed: this.#failed }
  }

  /** Resolves when the notify is taken or given up: whoever does not care need not wait. */
  async notify(level: keyof typeof LEVELS, message: string): Promise<void> {
    if (this.#underWay >= MAX_UNDER_WAY) {
      this.#failed++
      return
    }
    this.#underWay++
    try {
      await this.#notify.reportNotifyInfo({ info: this.#infoOf(level, message) })
      this.#sent++
    } catch (error) {
      this.#failed++
      // Logged when it begins to fail, not each time.
      if (this.#failed === 1) this.#options.log.warn({ error: messageOf(error) }, 'notify failed')
    } finally {
      this.#underWay--
    }
  }

  #infoOf(level: keyof typeof LEVELS, message: string): ReportInfo {
    const { app, server, node, set = '' } = this.#options
    return {
      ...ReportInfo.zero(),
      eType: NOTIFY,
      eLevel: LEVELS[level],
      sApp: app,
      sServer: server,
      sSet: set,
      sNodeName: node,
      sMessage: message.slice(0, MAX_MESSAGE_CHARS),
    }
  }
}
