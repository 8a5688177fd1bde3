/** The one port of the cloud: console, ingest and doors stand behind it. */
import { readFileSync } from 'node:fs'
import { type FastifyInstance, fastify, LogController } from 'fastify'
import { systemClock } from '../support/clock.ts'
import { Failure, messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { StopList } from '../support/stop-list.ts'
import type { CloudConfig } from './config.ts'

/** A request must have come whole within this time: who is gone half-way holds no place. */
const REQUEST_TIMEOUT_MS = 60_000
/** A stop waits this long for requests under way: real time, as they are. */
const STOP_GRACE_MS = 2_000

export class CloudFailure extends Failure<'port-taken' | 'unlistenable' | 'no-certificate'> {}

/** Does not listen yet; `parts` closes it. @throws {CloudFailure} `no-certificate`. */
export function openHttp(config: CloudConfig, log: Log, parts: StopList) {
  const app = fastify({
    loggerInstance: log,
    // Behind a TLS proxy on this machine: who calls, and by https or not, is what the proxy says.
    trustProxy: 'loopback',
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...tlsOf(config),
  })
  parts.push('http', async () => {
    const cancel = systemClock.after(STOP_GRACE_MS, () => app.server.closeAllConnections())
    await app.close()
    cancel()
  })
  return app
}

function tlsOf({ tls }: CloudConfig): { https?: { cert: Buffer; key: Buffer } } {
  if (!tls) return {}
  try {
    return { https: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } }
  } catch (error) {
    throw new CloudFailure('no-certificate', `tls: ${messageOf(error)}`, { cause: error })
  }
}

/** Its URL, as it really listens. Rejects with `CloudFailure`: `port-taken`, `unlistenable`. */
export async function listen(
  app: Pick<FastifyInstance, 'listen'>,
  { listen: { host, port } }: CloudConfig,
): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      const message = `port ${port} on ${host} is taken: stop what listens there, or set another 'listen'`
      throw new CloudFailure('port-taken', message, { cause: error })
    }
    const message = `cannot listen on ${host}:${port}: ${messageOf(error)}`
    throw new CloudFailure('unlistenable', message, { cause: error })
  }
}
