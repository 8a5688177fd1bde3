/** What an operator reads when the framework's database does not answer as it should. */
import { DatabaseError, type DbServer } from './database-session.ts'
import { FRAMEWORK_DB_TEMPLATE, type FrameworkDb, FrameworkDbError } from './framework-db.ts'
import { unkeptOf } from './stored-feed.ts'

const OWN_URL = 'set database=mysql://user:password@host:3306 in AgentServer.conf'

/** One sentence: what is wrong, where, and what to do. Never a password. */
export function troubleOf(error: unknown, source: FrameworkDb['source'] | undefined): string {
  if (error instanceof FrameworkDbError)
    return `no access to the database: ${error.message}; ${OWN_URL}`
  if (!(error instanceof DatabaseError)) return unkeptOf(error)
  const { reason, message, server } = error
  const at = `MySQL at ${server.host}:${server.port}`
  switch (reason) {
    case 'lost':
      return `no connection to ${at}: ${message}${hintOf(server, source)}`
    case 'denied':
      return `${at} refuses user ${server.user}: ${message}; ${remedyOf(source)}`
    case 'slow':
      return `${at} was too slow: ${message}`
    default:
      return `${at}: ${message}`
  }
}

const WHOSE: Readonly<Record<FrameworkDb['source'], string>> = {
  template: `template ${FRAMEWORK_DB_TEMPLATE}`,
  config: 'the template of this server',
  url: '',
}

function remedyOf(source: FrameworkDb['source'] | undefined): string {
  if (source === undefined || source === 'url') return 'check database= in AgentServer.conf'
  return `check dbuser and dbpass in ${WHOSE[source]}, or ${OWN_URL}`
}

/** The framework's own host, when the framework says so. */
function hintOf({ host }: DbServer, source: FrameworkDb['source'] | undefined): string {
  if (source === undefined || source === 'url') return ''
  if (!/^(localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host)) return ''
  return `; ${host} in ${WHOSE[source]} means the framework's own host: ${OWN_URL}`
}
