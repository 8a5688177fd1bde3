/** What the operator should know, told to TarsWeb's notify panel. */
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { closeCommunicator, openCommunicator } from '../tars/communicator.ts'
import { Notifier } from '../tars/notifier.ts'
import type { TarsIdentity } from './identity.ts'

export interface Panel {
  tell(level: 'normal' | 'warn' | 'error', message: string): void
  close(): void
}

/** A panel that only the log sees when the platform names no notify object, or only ourselves. */
export function openPanel(identity: TarsIdentity, log: Log): Panel {
  const { app, server, node, set, locator, notify: object } = identity
  const silent: Panel = { tell: () => {}, close: () => {} }
  // Our own notifies would come back as events.
  if (object === undefined || object.startsWith(`${app}.${server}.`)) return silent
  if (locator === undefined && !object.includes('@')) return silent
  const communicator = openCommunicator(locator === undefined ? {} : { locator })
  try {
    const notifier = new Notifier({ communicator, object, app, server, node, set, log })
    return {
      tell: (level, message) => void notifier.notify(level, message),
      close: () => closeCommunicator(communicator),
    }
  } catch (error) {
    log.warn({ object, error: messageOf(error) }, 'TarsWeb cannot be notified')
    return silent
  }
}
