/** One question to `MonitorQuery`, and what its answer says. */
import { Failure } from '../../support/failure.ts'
import type { MonitorQueryReq, MonitorQueryRsp } from '../../tars/idl/monitor-query.ts'
import { BUCKET_MS, type BucketStamp, type Framework, parseStamp } from './bucket.ts'
import type { QueryTable } from './query-table.ts'

/** Calls the object of a table. May throw. */
export type Ask = (req: MonitorQueryReq) => Promise<{ ret: number; rsp: MonitorQueryRsp }>

/** The framework has not answered what it was asked, or not what can be now. */
export class QueryError extends Failure<'refused' | 'wrong-time'> {}

export interface QueryAnswer {
  /** Newest bucket that the framework has completed; K8SFramework does not say. */
  readonly lastTime: BucketStamp | undefined
  /** None where there is no table: nothing was stored on that day. */
  readonly groups: readonly (readonly [values: string, sums: readonly number[]])[]
}

const GREATER = 1
const NOT_GREATER = 4

type Asked = Pick<QueryTable<unknown>, 'dataid' | 'indexs' | 'groupby'>

/** All rows of the bucket that ends at `stamp`. */
export function requestOf(table: Asked, framework: Framework, stamp: BucketStamp): MonitorQueryReq {
  const { date, tflag } = stamp
  // Nothing is escaped on the other side: values are digits.
  if (!/^\d{8}$/.test(date) || !/^\d{4}$/.test(tflag)) throw new RangeError(`${date} ${tflag}`)
  const { dataid, indexs, groupby } = table
  const common = { uid: 'tars-alarm', method: 'query', dataid, date, indexs, groupby }
  if (framework === 'K8SFramework') {
    return { ...common, tflag1: tflag, tflag2: plainly(tflag), conditions: [] }
  }
  // Here they choose tables of hours only, by counting hours up from the first.
  const hour = tflag.slice(0, 2)
  // Also what was written under an odd end, as after a restart of tarsstat.
  const before = Number(tflag) - BUCKET_MS[framework] / 60_000
  const conditions = [
    { field: 'f_tflag', op: GREATER, val: String(before).padStart(4, '0') },
    { field: 'f_tflag', op: NOT_GREATER, val: tflag },
  ]
  return { ...common, tflag1: `${hour}00`, tflag2: `${hour}60`, conditions }
}

/** The sums of the whole bucket: whether it has changed is asked in one row, not in all of them. */
export function sumsOf(table: Asked, framework: Framework, stamp: BucketStamp): MonitorQueryReq {
  return requestOf({ ...table, groupby: ['f_tflag'] }, framework, stamp)
}

/** `0260` is `0300` where somebody writes it so; there is nothing between them. */
function plainly(tflag: string): string {
  if (!tflag.endsWith('60')) return tflag
  return `${String(Number(tflag.slice(0, 2)) + 1).padStart(2, '0')}00`
}

/** Of MySQL and Elasticsearch. */
const NO_TABLE = /Table '[^']*' doesn't exist|Unknown index|index_not_found|no such index/i

/** @throws {QueryError}; what `ask` throws. */
export async function queryOnce(ask: Ask, req: MonitorQueryReq): Promise<QueryAnswer> {
  const { ret, rsp } = await ask(req)
  const lastTime = parseStamp(rsp.lastTime)
  // TARSFramework returns 0 whatever happens; K8SFramework the same as in `rsp.ret`.
  if (ret === 0 && rsp.ret === 0) return { lastTime, groups: rsp.result }
  if (NO_TABLE.test(rsp.msg)) return { lastTime, groups: [] }
  const said = rsp.msg.replaceAll(/\s+/g, ' ').slice(0, 300).trim()
  throw new QueryError('refused', `refused with ${rsp.ret || ret}: ${said}`, { retryable: true })
}
