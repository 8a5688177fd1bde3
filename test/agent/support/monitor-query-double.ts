/**
 * tarsquerystat and tarsqueryproperty as they answer over TCP, with their traps: tables of hours that
 * may be missing, answers joined by commas, sums of texts. Modelled on `DbProxy.cpp` (TarsFramework
 * fe8e741) and `QueryServer/QueryImp.cpp` (K8SFramework 2632089).
 */

import { readFileSync } from 'node:fs'
import type { Framework } from '../../../src/agent/feeds/bucket.ts'
import { QUERY_OBJECTS } from '../../../src/agent/feeds/query-ports.ts'
import type { ServantHost } from '../../../src/tars/host.ts'
import {
  MonitorQuery,
  type MonitorQueryReq,
  MonitorQueryRsp,
} from '../../../src/tars/idl/monitor-query.ts'
import type { Call } from '../../../src/tars/servant.ts'
import { startServants } from '../../tars/running-host.ts'

/** A row by the names of its columns. */
export type StoredRow = Readonly<Record<string, string | number>>

/** Operators by number: EQ, GT, GTE, LT, LTE. */
const OPERATORS: readonly ((a: string, b: string) => boolean)[] = [
  (a, b) => a === b,
  (a, b) => a > b,
  (a, b) => a >= b,
  (a, b) => a < b,
  (a, b) => a <= b,
]

export class MonitorQueryDouble {
  framework: Framework = 'TARSFramework'
  /** Rows by table: `tars_stat_2026112102`, of K8SFramework `tars_stat_20261121`. */
  readonly tables = new Map<string, StoredRow[]>()
  /** `20261121 0240`, by `dataid`. */
  readonly lastTime = new Map<string, string>()
  /** Answers nothing while true. */
  isMute = false
  /** Refuses with this while set. */
  refusal: string | undefined
  /** What was asked, in order. */
  readonly asked: MonitorQueryReq[] = []
  /** Most questions of one object that were open at a time. */
  mostOpen = 0
  port = 0
  #host: ServantHost | undefined
  readonly #open = new Map<string, number>()

  async start(): Promise<void> {
    const query = (body: Buffer, call: Call) => this.#take(body, call)
    const servants = Object.values(QUERY_OBJECTS).map((name) => ({ name, functions: { query } }))
    // Of answers that wait to be read, too.
    const limits = { maxPacketBytes: 64 * 1024 * 1024 }
    const { host, port } = await startServants(servants, { port: this.port, ...limits })
    this.#host = host
    this.port = port
  }

  async stop(): Promise<void> {
    await this.#host?.stop(0)
    this.#host = undefined
  }

  /** The objects with their address. */
  get objects(): typeof QUERY_OBJECTS {
    const at = (object: string) => `${object}@tcp -h 127.0.0.1 -p ${this.port}`
    return { stat: at(QUERY_OBJECTS.stat), property: at(QUERY_OBJECTS.property) }
  }

  add(table: string, ...rows: StoredRow[]): void {
    this.tables.set(table, [...(this.tables.get(table) ?? []), ...rows])
  }

  /** A dump in `test/fixtures/db`, as its table. */
  load(file: string): void {
    for (const { table, rows } of tablesOf(`test/fixtures/db/${file}`)) this.add(table, ...rows)
  }

  answerTo(req: MonitorQueryReq): { ret: number; rsp: MonitorQueryRsp } {
    const lastTime = this.lastTime.get(req.dataid) ?? ''
    const rsp = { ...MonitorQueryRsp.zero(), lastTime, activeDb: 1, totalDb: 1, retThreads: [0] }
    try {
      if (this.refusal !== undefined) throw new Error(this.refusal)
      const isK8s = this.framework === 'K8SFramework'
      const groups = isK8s ? this.#elasticsearch(req) : this.#mysql(req)
      const result = [...groups].sort(([a], [b]) => (a < b ? -1 : 1))
      return { ret: 0, rsp: { ...rsp, result } }
    } catch (error) {
      const msg = (error as Error).message
      const ret = this.framework === 'K8SFramework' ? -1 : 0
      return { ret, rsp: { ...rsp, ret: -1, msg, retThreads: [-1] } }
    }
  }

  async #take(body: Buffer, call: Call): Promise<void> {
    const { req } = MonitorQuery.query.request.decode(body)
    this.asked.push(req)
    const open = (this.#open.get(req.dataid) ?? 0) + 1
    this.#open.set(req.dataid, open)
    this.mostOpen = Math.max(this.mostOpen, open)
    await new Promise(setImmediate)
    this.#open.set(req.dataid, (this.#open.get(req.dataid) ?? 1) - 1)
    if (!this.isMute) call.respond(MonitorQuery.query.response.encode(this.answerTo(req)))
  }

  /** Table by table, counting hours up from the first with its minutes. */
  #mysql(req: MonitorQueryReq): Map<string, number[]> {
    const { dataid, date, tflag1, tflag2, groupby } = req
    if (!/^\d{4}$/.test(tflag1) || !/^\d{4}$/.test(tflag2)) {
      throw new Error(`iDb:0, wrong tflag:${tflag1}-${tflag2}`)
    }
    const groups = new Map<string, number[]>()
    for (
      let tflag = tflag1;
      tflag <= tflag2 && tflag.slice(0, 2) < '24';
      tflag = hourLater(tflag)
    ) {
      const table = `${dataid}_${date}${tflag.slice(0, 2)}`
      const rows = this.tables.get(table)
      if (!rows) throw new Error(mysqlError(`Table '${dataid}.${table}' doesn't exist`))
      const keyOf = (row: StoredRow) =>
        groupby.reduce((key, name) => key + (key === '' ? '' : ',') + shown(row, name), '')
      sumUp(groups, matching(rows, req), req.indexs, keyOf)
    }
    return groups
  }

  /** One index a day; groups also by `f_tflag`, and then lets groups of one key overwrite each other. */
  #elasticsearch(req: MonitorQueryReq): Map<string, number[]> {
    const rows = this.tables.get(`${req.dataid}_${req.date}`)
    if (!rows)
      throw new Error(`{"error":{"reason":"Found 1 problem\nUnknown index [${req.date}]"}}`)
    const between = matching(rows, req).filter(({ f_tflag }) => {
      return `${f_tflag}` >= req.tflag1 && `${f_tflag}` <= req.tflag2
    })
    const full = new Map<string, number[]>()
    const keyOf = (row: StoredRow) => req.groupby.map((name) => streamed(cell(row, name))).join()
    sumUp(full, between, req.indexs, (row) => `${row.f_tflag}\0${keyOf(row)}`)
    return new Map([...full].map(([key, sums]) => [key.slice(key.indexOf('\0') + 1), sums]))
  }
}

function matching(rows: readonly StoredRow[], { conditions }: MonitorQueryReq): StoredRow[] {
  return rows.filter((row) =>
    conditions.every(({ field, op, val }) => OPERATORS[op]?.(`${cell(row, field)}`, val) ?? true),
  )
}

function sumUp(
  groups: Map<string, number[]>,
  rows: readonly StoredRow[],
  indexs: readonly string[],
  keyOf: (row: StoredRow) => string,
): void {
  for (const row of rows) {
    const key = keyOf(row)
    const before = groups.get(key)
    const sums = indexs.map((name, i) => (before?.[i] ?? 0) + numberOf(cell(row, name)))
    groups.set(key, sums)
  }
}

/** What SQL makes of a text: the number it begins with. */
function numberOf(value: string | number): number {
  const number = Number.parseFloat(`${value}`)
  return Number.isNaN(number) ? 0 : number
}

function cell(row: StoredRow, name: string): string | number {
  const value = row[name]
  if (value === undefined) throw new Error(mysqlError(`Unknown column '${name}' in 'SELECT'`))
  return value
}

/** `f_date` without its lines. */
function shown(row: StoredRow, name: string): string {
  const text = `${cell(row, name)}`
  return name === 'f_date' ? text.replaceAll('-', '') : text
}

/** Numbers go through an `ostringstream`. */
function streamed(value: string | number): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : value
}

function mysqlError(text: string): string {
  return `iDb:0|exception:[TC_Mysql::execute]: mysql_query: [ select … ] :${text}\n`
}

function hourLater(tflag: string): string {
  return String(Number(tflag.slice(0, 2)) + 1).padStart(2, '0') + tflag.slice(2)
}

function tablesOf(file: string): { table: string; rows: StoredRow[] }[] {
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(/CREATE TABLE `(\w+)` \(\n([\s\S]*?)\n\) ENGINE/g)].map(
    ([, table = '', definition = '']) => {
      const columns = [...definition.matchAll(/^ {2}`(\w+)`/gm)].map(([, name]) => `${name}`)
      const inserts = text.matchAll(new RegExp(`INSERT INTO \`${table}\` VALUES \\((.*)\\);`, 'g'))
      const rows = [...inserts].map(([, values = '']) => {
        const cells = [...values.matchAll(/'([^']*)'|(-?[\d.]+)/g)]
        return Object.fromEntries(
          columns.map((name, i) => [name, cells[i]?.[1] ?? Number(cells[i]?.[2])]),
        )
      })
      return { table, rows }
    },
  )
}
