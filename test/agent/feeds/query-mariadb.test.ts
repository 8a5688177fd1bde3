/** The SQL that tarsquerystat makes of our questions, in a real MariaDB with what a real framework wrote. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { requestOf, sumsOf } from '../../../src/agent/feeds/query-request.ts'
import { propertyTable, statTable } from '../../../src/agent/feeds/query-table.ts'
import type { MonitorQueryReq } from '../../../src/tars/idl/monitor-query.ts'
import { MariaDb, noMariaDb } from '../../support/mariadb.ts'
import { MonitorQueryDouble } from '../support/monitor-query-double.ts'

const OPERATORS = ['=', '>', '>=', '<', '<=']
const STAMP = { date: '20261121', tflag: '0230' }

/** As `DbProxy.cpp` writes it: names as they came. */
function sqlOf(req: MonitorQueryReq): string {
  const { dataid, date, tflag1, indexs, groupby, conditions } = req
  const sums = indexs.map((name) => ` sum(${name})`).join(', ')
  const where = conditions.map(({ field, op, val }) => ` and ${field}${OPERATORS[op]}'${val}'`)
  const table = `${dataid}_${date}${tflag1.slice(0, 2)}`
  const by = groupby.join(', ')
  return `select ${sums},${by} from ${table}  where 1=1 ${where.join('')} group by ${by} order by null;`
}

describe('questions as SQL', { skip: noMariaDb }, () => {
  let server: MariaDb
  const double = new MonitorQueryDouble()

  before(async () => {
    server = await MariaDb.start()
    for (const dataid of ['tars_stat', 'tars_property']) {
      await server.load(`${dataid}.sql`, dataid)
      double.load(`${dataid}.sql`)
    }
  })
  after(() => server?.stop())

  const questions: [what: string, req: MonitorQueryReq, atLeast: number][] = [
    ['all of a bucket of tars_stat', requestOf(statTable, 'TARSFramework', STAMP), 40],
    ['its sums', sumsOf(statTable, 'TARSFramework', STAMP), 1],
    ['all of a bucket of tars_property', requestOf(propertyTable, 'TARSFramework', STAMP), 100],
    ['the sums of that', sumsOf(propertyTable, 'TARSFramework', STAMP), 1],
  ]
  for (const [what, req, atLeast] of questions) {
    it(`${what}: as the double answers`, async () => {
      await server.sql(`use ${req.dataid}`)
      const rows = await server.sql(sqlOf(req))
      const result = rows.map((row): [string, number[]] => [
        req.groupby.map((name) => `${row[name]}`).join(),
        req.indexs.map((name) => Number(row[`sum(${name})`])),
      ])
      const expected = double.answerTo(req).rsp.result
      assert.ok(expected.length >= atLeast, `${expected.length}`)
      assert.deepEqual(
        result.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(rounded),
        expected.map(rounded),
      )
    })
  }
})

/** Sums of fractions depend on their order. */
function rounded([key, sums]: readonly [string, readonly number[]]) {
  return [key, sums.map((sum) => Number(sum.toPrecision(12)))]
}
