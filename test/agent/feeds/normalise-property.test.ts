import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normaliseProperty } from '../../../src/agent/feeds/normalise-property.ts'
import { StatPropMsgHead } from '../../../src/tars/idl/property-f.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { PropertyDecoder } from '../../../src/tars/property-report.ts'
import { packetOf } from '../../tars/captured-packets.ts'

const SENDER = { nodeName: '', host: '10.9.9.9', port: 4711 }
const span = () => 60_000

function rowsOf(file: string) {
  const { body } = decodePacket(packetOf(file))
  return normaliseProperty(new PropertyDecoder().decode(body), SENDER, span)
}

/** `policy[<le>]=value` of each row. */
function values(policy: string, value: string) {
  const head = { ...StatPropMsgHead.zero(), moduleName: 'App.Server', propertyName: 'p' }
  const report = { records: [{ head, vInfo: [{ policy, value }] }] }
  const { rows, bad } = normaliseProperty(report, SENDER, span)
  if (bad > 0) return 'bad'
  return rows.map((row) => `${row.key.le && `<${row.key.le}> `}${row.value}`).join(' ')
}

describe('normaliseProperty: what a real framework sent', () => {
  it('every policy of a C++ property becomes rows', () => {
    const { rows, bad } = rowsOf('cpp-prop-server-1.bin')
    const orders = rows.filter(({ key }) => key.property === 'rig.orders')
    assert.equal(bad, 0)
    assert.deepEqual(
      orders.map(({ key, value }) => [key.policy, key.le, value]),
      [
        ['Sum', '', 240],
        ['Avg', '', 48],
        ['Distr', '10', 1],
        ['Distr', '50', 2],
        ['Distr', '100', 5],
        ['Distr', '+Inf', 5],
        ['Max', '', 95],
        ['Min', '', 25],
        ['Count', '', 5],
      ],
    )
    assert.deepEqual(orders[0]?.key, {
      module: 'RigApp.HelloServer',
      property: 'rig.orders',
      ip: '10.9.9.9',
      set: '',
      spanMs: 60_000,
      policy: 'Sum',
      le: '',
    })
  })

  it('a module in a set is known by its application and server', () => {
    const [row] = rowsOf('cpp-prop-set.bin').rows
    assert.equal(row?.key.module, 'RigSet.HelloServer')
    assert.equal(row?.key.set, 'rig.sz.1')
  })

  it('@tars/monitor names its address itself', () => {
    assert.equal(rowsOf('nodejs-prop-server-1.bin').rows[0]?.key.ip, '127.0.0.1')
  })
})

describe('normaliseProperty: values', () => {
  const cases: [name: string, policy: string, value: string, expected: string][] = [
    ['a number', 'Max', '1500304', '1500304'],
    ['a broken number', 'Avg', '36.739796', '36.739796'],
    ['a negative number', 'Min', '-3', '-3'],
    ['an exponent', 'Sum', '1.5e+06', '1500000'],
    ['a mean as sum and count', 'Avg', '30=4', '7.5'],
    ['a mean of nothing', 'Avg', '30=0', 'bad'],
    ['C++ before the first sample', 'Max', '-9999999', ''],
    ['Java without a sample, largest', 'Min', '2147483647', ''],
    ['Java without a sample, smallest', 'Max', '-2147483648', ''],
    ['a word', 'Max', 'many', 'bad'],
    ['nothing', 'Max', '', 'bad'],
    ['a hexadecimal number', 'Max', '0x10', 'bad'],
    ['infinity', 'Max', '1e999', 'bad'],
    ['an unknown policy', 'Median', '1', 'bad'],
    [
      'a distribution, cumulative',
      'Distr',
      '0|0,10|3,100|1,1000|1',
      '<0> 0 <10> 3 <100> 4 <1000> 5',
    ],
    ['a distribution with an open end', 'Distr', '5|1,max|2', '<5> 1 <+Inf> 3'],
    ['a distribution out of order', 'Distr', 'max|2,5|1', '<5> 1 <+Inf> 3'],
    ['an empty distribution', 'Distr', '', ''],
    ['a distribution without counts', 'Distr', '5,10', 'bad'],
    ['a distribution with a negative count', 'Distr', '5|-1', 'bad'],
    ['a distribution of too many ranges', 'Distr', '1|1,'.repeat(101), 'bad'],
  ]
  for (const [name, policy, value, expected] of cases) {
    it(name, () => assert.equal(values(policy, value), expected))
  }
})
