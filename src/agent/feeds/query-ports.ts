/** The objects that the query feed asks. */
import type { Communicator } from '../../tars/communicator.ts'
import { MonitorQuery } from '../../tars/idl/monitor-query.ts'
import { proxy } from '../../tars/proxy.ts'
import type { Ask } from './query-request.ts'
import { propertyTable, type QueryKind, statTable } from './query-table.ts'

export type QueryPorts = Readonly<Record<QueryKind, Ask>>

const TIMEOUT_MS = 10_000
/** There are no pages: about 200 bytes a row, 14,500 rows of 240 nodes. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/** As the framework names them. */
export const QUERY_OBJECTS: Readonly<Record<QueryKind, string>> = {
  stat: statTable.object,
  property: propertyTable.object,
}

/** Names without an address are found through the locator of `communicator`. */
export function queryPorts(
  communicator: Communicator,
  objects: Readonly<Record<QueryKind, string>> = QUERY_OBJECTS,
  timeoutMs = TIMEOUT_MS,
): QueryPorts {
  const askOf = (object: string): Ask => {
    const options = { timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES }
    const { query } = proxy(communicator, MonitorQuery, object, options)
    return (req) => query({ req })
  }
  return { stat: askOf(objects.stat), property: askOf(objects.property) }
}
