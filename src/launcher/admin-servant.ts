/** AdminObj: what tarsnode, and through it TarsWeb, asks of a server. */
import { AdminF } from '../tars/idl/admin-f.ts'
import type { Servant } from '../tars/servant.ts'

export interface AdminTarget {
  readonly version: string
  /** Whether the worker runs. */
  readonly isReady: boolean
  shutdown(): void
  setLogLevel(level: string): void
  /** Asks the worker; undefined when it does not answer. */
  ask(cmd: string, data: string): Promise<string | undefined>
}

export function adminServant(target: AdminTarget): Servant {
  return {
    name: 'AdminObj',
    functions: {
      shutdown(_body, call) {
        call.respond(AdminF.shutdown.response.encode({}))
        target.shutdown()
      },
      async notify(body, call) {
        const { command } = AdminF.notify.request.decode(body)
        call.respond(AdminF.notify.response.encode({ ret: await run(command, target) }))
      },
    },
  }
}

async function run(command: string, target: AdminTarget): Promise<string> {
  const [cmd = ''] = command.split(' ', 1)
  const data = command.slice(cmd.length + 1)
  if (cmd === 'tars.viewversion') return target.version
  if (cmd === 'preheatCheck') return target.isReady ? 'success' : 'not ready'
  if (cmd === 'tars.setloglevel') target.setLogLevel(data)
  // What node-agent says to every command: it was passed on.
  return (await target.ask(cmd, data)) ?? 'ok'
}
