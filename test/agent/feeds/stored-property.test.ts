import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  mergePropertyRows,
  propertyRowsOf,
  type StoredProperty,
} from '../../../src/agent/feeds/stored-property.ts'

const SPAN = 300_000
const QUEUE: StoredProperty = {
  masterName: 'RigApp.HelloServer',
  masterIp: '127.0.0.1',
  propertyName: 'RigApp.HelloServer.HelloObjAdapter.queue',
  setName: '',
  setArea: '',
  setId: '',
  policy: 'Avg',
  value: '0.363636',
}

function rowsOf(policy: string, value: string) {
  const rows = propertyRowsOf({ ...QUEUE, policy, value }, SPAN)
  assert.ok(rows)
  return rows
}

describe('propertyRowsOf', () => {
  it('a row of a real framework', () => {
    assert.deepEqual(propertyRowsOf(QUEUE, SPAN), [
      {
        key: {
          module: 'RigApp.HelloServer',
          property: 'RigApp.HelloServer.HelloObjAdapter.queue',
          policy: 'Avg',
          ip: '127.0.0.1',
          set: '',
          le: '',
          spanMs: SPAN,
        },
        value: 0.363636,
      },
    ])
  })

  it('of Distr one row a range, cumulative', () => {
    const rows = rowsOf('Distr', '5|6,10|253,50|1556,max|2')
    const values = rows.map(({ key, value }) => [key.le, value])
    assert.deepEqual(values, [
      ['5', 6],
      ['10', 259],
      ['50', 1815],
      ['+Inf', 1817],
    ])
  })

  it('names the set', () => {
    const set = {
      masterName: 'RigSet.HelloServer.rigsz1',
      setName: 'rig',
      setArea: 'sz',
      setId: '1',
    }
    const [row] = propertyRowsOf({ ...QUEUE, ...set }, SPAN) ?? []
    assert.equal(row?.key.module, 'RigSet.HelloServer')
    assert.equal(row?.key.set, 'rig.sz.1')
  })

  it('drops what runtimes write before the first sample', () => {
    assert.deepEqual(rowsOf('Max', '-9999999'), [])
    assert.deepEqual(rowsOf('Min', '2147483647'), [])
  })

  it('cannot read unknown policies and what is no number', () => {
    assert.equal(propertyRowsOf({ ...QUEUE, policy: 'Median' }, SPAN), undefined)
    assert.equal(propertyRowsOf({ ...QUEUE, value: '' }, SPAN), undefined)
    assert.equal(propertyRowsOf({ ...QUEUE, policy: 'Distr', value: '5|x' }, SPAN), undefined)
  })
})

describe('mergePropertyRows: one key in the rows of two instances', () => {
  const cases: [policy: string, first: string, second: string, merged: number[]][] = [
    ['Max', '3', '5', [5]],
    ['Min', '3', '5', [3]],
    ['Avg', '3', '5', [4]],
    ['Sum', '3', '5', [8]],
    ['Count', '3', '5', [8]],
    ['Distr', '5|1,max|2', '5|10,max|20', [11, 33]],
  ]
  for (const [policy, first, second, merged] of cases) {
    it(`${policy} of ${first} and ${second}`, () => {
      const rows = mergePropertyRows([...rowsOf(policy, first), ...rowsOf(policy, second)])
      assert.deepEqual(
        rows.map(({ value }) => value),
        merged,
      )
    })
  }

  it('however many rows they are', () => {
    const [row] = rowsOf('Max', '7')
    assert.ok(row)
    const [merged] = mergePropertyRows(new Array(200_000).fill(row))
    assert.equal(merged?.value, 7)
  })

  it('leaves other keys alone', () => {
    const rows = [...rowsOf('Max', '1'), ...rowsOf('Min', '1')]
    assert.deepEqual(mergePropertyRows(rows), rows)
  })
})
