import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { evaluateInstant, evaluateRange, parse, type Source } from '../../src/promql/index.ts'

/** What an expression asks for, each as name, from and to. */
async function asked(work: (source: Source) => Promise<unknown>): Promise<unknown[]> {
  const spans: unknown[] = []
  await work({
    select: ([name], startMs, endMs, extent) => {
      spans.push([name?.value, startMs, endMs, extent])
      return []
    },
  })
  return spans
}

describe('what a query asks its source for', () => {
  const texts = [
    'a',
    'max_over_time(a[5m:1m] offset 10m)',
    'sum_over_time(a[3m]) + a offset 1m',
    'a @ start() + sum_over_time(b[1m] @ end())',
    'a + a @ 1000',
    'max_over_time(a[5m:1m] @ 1000)',
  ]
  for (const text of texts) {
    it(`is the same of an expression that was asked before: ${text}`, async () => {
      const kept = parse(text)
      for (const atMs of [10_000_000, 20_060_000, 10_000_000]) {
        const instant = (expr: typeof kept) =>
          asked((source) => evaluateInstant(expr, atMs, source))
        const range = (expr: typeof kept) =>
          asked((source) => evaluateRange(expr, atMs, atMs + 600_000, 60_000, source))
        assert.deepEqual(await instant(kept), await instant(parse(text)))
        assert.deepEqual(await range(kept), await range(parse(text)))
        assert.deepEqual(await range(kept), await range(parse(text)))
      }
    })
  }
})
