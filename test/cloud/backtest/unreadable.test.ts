/** What cannot be read of stored data is told of, wherever a backtest reads. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { portSeries } from '../../../src/cloud/backtest/port-series.ts'
import type { StoredSeries } from '../../../src/cloud/backtest/ports.ts'
import { RemoteSeries } from '../../../src/cloud/backtest/remote-series.ts'
import { SourceQueries } from '../../../src/cloud/series/read/source-queries.ts'
import { fileOf } from '../rules/rule-world.ts'
import { Stored } from './stored.ts'

const DAMAGE = 'block 7: section 3 is damaged'
const OF_LANGUAGE = 'PromQL warning: bucket label "le" is missing'
const HOUR = 3_600_000

/** A running cloud with a damaged block. */
function ofPort(): StoredSeries {
  const stored = new Stored()
  const queries = new SourceQueries({
    sourceOf: (_, onMissing) => ({
      select: (...[matchers, fromMs, toMs]) => {
        onMissing?.(DAMAGE)
        return stored.select(matchers, fromMs, toMs)
      },
    }),
  })
  const port = {
    instant: queries.instant.bind(queries),
    range: queries.range.bind(queries),
    select: queries.select.bind(queries),
    labelSets: queries.labelSets.bind(queries),
    labelNames: queries.labelNames.bind(queries),
    labelValues: queries.labelValues.bind(queries),
    events: async () => [],
  }
  return portSeries(port, 'al-1')
}

/** A Prometheus that warns of all that it answers. */
async function ofDoor(t: TestContext): Promise<StoredSeries> {
  const server = createServer((request, response) => {
    const data = request.url?.includes('/label/') ? [] : { resultType: 'matrix', result: [] }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ status: 'success', data, warnings: [OF_LANGUAGE, DAMAGE] }))
  })
  t.after(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return new RemoteSeries({ url: `http://127.0.0.1:${port}` })
}

describe('what cannot be read', () => {
  for (const [name, open] of [
    ['by the port of a running cloud', async () => ofPort()],
    ['by a Prometheus, beside what its language warns of', ofDoor],
  ] as const) {
    it(`is told of once: ${name}`, async (t) => {
      const series = await open(t)
      const { groups } = fileOf('groups: [{name: g, rules: [{alert: A, expr: x > 1}]}]')
      const [rule] = groups[0]?.rules ?? []
      assert.ok(rule)
      const range = { startMs: HOUR, endMs: 2 * HOUR, stepMs: 60_000 }
      for (const part of [range, { ...range, startMs: 0 }]) {
        await series.range({ text: rule.query, expr: rule.expr }, part)
      }
      assert.deepEqual(series.unreadable(), [DAMAGE])
    })
  }
})
