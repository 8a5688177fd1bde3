import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formRule } from '../../../../src/cloud/rules/form/form-rule.ts'
import { servicesQuery } from '../../../../src/cloud/rules/form/services.ts'
import { evaluateInstant, MemorySource, parse } from '../../../../src/promql/index.ts'

type Input = Record<string, unknown>
const MINUTE_MS = 60_000
const NOW = Date.UTC(2026, 10, 23, 2)
const CALL = { __name__: 'tars_calls', interface: 'pay', caller: 'App.Web', side: 'client' }

/** Heard of so many minutes ago. */
function sourceOf(): MemorySource {
  const source = new MemorySource()
  const add = (labels: Record<string, string>, minutes = 1) =>
    source.add(labels, NOW - minutes * MINUTE_MS, 1)
  add({ ...CALL, callee: 'App.Pay', callee_ip: '10.0.0.1', span: '10s' })
  add({ ...CALL, callee: 'App.Pay', callee_ip: '10.0.0.2', span: '1m' })
  add({ ...CALL, callee: 'App.Polled', span: '5m' }, 20)
  add({ ...CALL, callee: 'App.Gone', span: '10s' }, 11)
  add({
    __name__: 'tars_property',
    module: 'App.Queue',
    property: 'length',
    policy: 'Max',
    span: '1m',
  })
  add({ __name__: 'tars_server_present', module: 'App.Pay', node: '10.0.0.1' })
  add({ __name__: 'tars_server_present', module: 'App.Quiet', node: '10.0.0.3' })
  return source
}

async function services(input: Input): Promise<string[]> {
  const comparison = { kind: 'threshold', op: '>', value: 5 }
  const form = formRule.parse({ name: 'mine', metric: { of: 'calls' }, comparison, ...input })
  const value = await evaluateInstant(parse(servicesQuery(form)), NOW, sourceOf())
  assert.ok(value.type === 'vector')
  return value.samples.map(({ labels }) => labels.callee ?? labels.module ?? '').sort()
}

describe('the services that a form is about', () => {
  const property = { of: 'property', property: 'len*', policy: 'Max' }
  const events = { of: 'events', any: ['refused'] }
  const cases: [string, Input, string[]][] = [
    ['all that are heard of now, each once', {}, ['App.Pay', 'App.Polled']],
    ['one, as pages spell it', { filter: { server: ['App.Pay'] } }, ['App.Pay']],
    ['none of a name that is wrong', { filter: { server: ['App.Pya'] } }, []],
    ['none of a caller without its app', { filter: { caller: ['Web'] } }, []],
    ['those that a caller calls', { filter: { caller: ['App.Web'], node: ['*.2'] } }, ['App.Pay']],
    ['those that have a property', { metric: property }, ['App.Queue']],
    [
      'of events those that run or are called',
      { metric: events },
      ['App.Pay', 'App.Polled', 'App.Quiet'],
    ],
    ['of events on a node', { metric: events, filter: { node: ['10.0.0.3'] } }, ['App.Quiet']],
  ]
  for (const [name, input, expected] of cases) {
    it(name, async () => assert.deepEqual(await services(input), expected))
  }
})
