import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Names } from '../../../src/agent/feeds/query-group.ts'
import { propertyTable, statTable } from '../../../src/agent/feeds/query-table.ts'

const SPAN = 300_000
const HEAD = '0240,10.0.0.1,A.Client,B.Server,3.0.20,10.0.0.2,10.0.0.3,21010,0,7'

/** Interface and buckets as they were told apart in `tail`. */
function statOf(tail: string, sums = [3, 0, 0, 6]) {
  const rows = statTable.parse(`${HEAD},${tail}`, sums, new Names(), SPAN)
  return rows?.map(({ key, values }) => [key.interface, values.buckets.slice(0, 3)])
}

describe('a group of tars_stat', () => {
  const tails: [what: string, tail: string, name: string, buckets: number[]][] = [
    ['a plain name', 'echo,5|1,10|2,50|0', 'echo', [1, 2, 0]],
    ['a path with commas', '/a,b,/c,5|1,10|2,50|0', '/a,b,/c', [1, 2, 0]],
    ['a name that is a number', '7,5|1,10|2', '7', [1, 2, 0]],
    ['no name', ',5|1,10|2', '', [1, 2, 0]],
    ['a comma at the end', 'echo,,5|1,10|2', 'echo,', [1, 2, 0]],
    ['no buckets: as slow as the slowest', 'echo,', 'echo', [0, 3, 0]],
    ['buckets that were cut off', 'echo,5|1,10|2,50', 'echo', [1, 2, 0]],
    ['buckets that were cut off within the second', '/a,b,5|3,1', '/a,b', [3, 0, 0]],
    ['one bucket', 'echo,5|3', 'echo', [3, 0, 0]],
  ]
  for (const [what, tail, name, buckets] of tails) {
    it(`${what}: ${tail}`, () => assert.deepEqual(statOf(tail), [[name, buckets]]))
  }

  it('reads all columns', () => {
    const [row] = statTable.parse(`${HEAD},echo,5|1,10|2`, [3, 2, 1, 60], new Names(), SPAN) ?? []
    assert.equal(row?.key.caller, 'A.Client')
    assert.equal(row?.key.callee, 'B.Server')
    assert.equal(row?.key.version, '3.0.20')
    assert.equal(row?.key.callerIp, '10.0.0.2')
    assert.equal(row?.key.calleeIp, '10.0.0.3')
    assert.equal(row?.key.calleePort, 21010)
    const { calls, timeouts, exceptions, durationSumMs, durationMaxMs } = row?.values ?? {}
    assert.deepEqual([calls, timeouts, exceptions, durationSumMs, durationMaxMs], [6, 2, 1, 60, 7])
  })

  it('of ten thousand characters is none of ours', () => {
    assert.equal(statOf(`${'x'.repeat(10_000)},5|3`), undefined)
  })

  it('without calls is none; with columns missing or no numbers cannot be read', () => {
    assert.deepEqual(statOf('echo,5|0', [0, 0, 0, 0]), [])
    assert.equal(statTable.parse(HEAD, [3, 0, 0, 6], new Names(), SPAN), undefined)
    assert.equal(statOf('echo,5|3', [3, 0, 0]), undefined)
    const noPort = `${HEAD},echo,5|3`.replace('21010', 'x')
    assert.equal(statTable.parse(noPort, [3, 0, 0, 6], new Names(), SPAN), undefined)
  })
})

describe('a group of tars_property', () => {
  function told(policy: string, tail: string, sum: number) {
    const values = `0240,A.B.abc1,10.0.0.3,a,bc,1,${policy},${tail}`
    const rows = propertyTable.parse(values, [sum], new Names(), SPAN)
    return rows?.map(({ key, value }) => `${key.property}/${key.set}/${key.le}=${value}`)
  }
  const cases: [what: string, policy: string, tail: string, sum: number, rows: string[]][] = [
    ['a number', 'Max', 'queue,7', 7, ['queue/a.bc.1/=7']],
    ['a name with commas', 'Max', 'a,b,7', 7, ['a,b/a.bc.1/=7']],
    ['a negative number', 'Min', 'queue,-7.5', -7.5, ['queue/a.bc.1/=-7.5']],
    [
      'a number cut to six digits',
      'Max',
      'rss,1.23457e+08',
      123_456_789,
      ['rss/a.bc.1/=123456789'],
    ],
    ['two rows alike', 'Sum', 'n,7', 14, ['n/a.bc.1/=7', 'n/a.bc.1/=7']],
    ['a sentinel', 'Max', 'queue,-9999999', -9_999_999, []],
    ['a distribution', 'Distr', 'a,5|1,max|2', 5, ['a/a.bc.1/5=1', 'a/a.bc.1/+Inf=3']],
    ['a distribution of one range', 'Distr', 'a,b,max|2', 0, ['a,b/a.bc.1/+Inf=2']],
    ['a distribution of K8SFramework', 'Distr', 'a,0', 0, []],
  ]
  for (const [what, policy, tail, sum, rows] of cases) {
    it(`${what}: ${policy} ${tail}`, () => assert.deepEqual(told(policy, tail, sum), rows))
  }

  it('cannot be read without a name, a value, a known policy', () => {
    assert.equal(told('Max', 'queue', 7), undefined)
    assert.equal(told('Max', 'queue,', 0), undefined)
    assert.equal(told('Median', 'queue,7', 7), undefined)
  })
})
