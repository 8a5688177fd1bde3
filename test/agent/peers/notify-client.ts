/** A server that tells an error through the real @tars/notify (a two-way call) and lives on. */
import { createRequire } from 'node:module'

interface Notify {
  readonly LEVEL: { readonly NOTIFYERROR: number }
  init(config: string): void
  notify(message: string, level: number): void
}

const [config = '', text = ''] = process.argv.slice(2)
const require = createRequire(import.meta.url)
// First, or @tars/rpc warns of a circle.
require('@tars/monitor')
const notify = require('@tars/notify') as Notify
notify.init(config)
notify.notify(text, notify.LEVEL.NOTIFYERROR)
