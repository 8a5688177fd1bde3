import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deploymentOf } from '../../../src/agent/feeds/registry-deployment.ts'

describe('an entry of the list of servers', () => {
  const nodes = new Set(['10.0.0.1', 'node_1'])
  const entries: [id: string, module: string | undefined, node?: string][] = [
    ['App.Server_10.0.0.1', 'App.Server', '10.0.0.1'],
    ['App.Server_node_1', 'App.Server', 'node_1'],
    ['App.My_Server_node_1', 'App.My_Server', 'node_1'],
    ['App.Server_lost_node', 'App.Server', 'lost_node'],
    ['App.Server', undefined],
    ['Server_10.0.0.1', undefined],
    ['App.Server_', undefined],
    ['_10.0.0.1', undefined],
    ['', undefined],
  ]
  for (const [id, module, node] of entries) {
    it(`'${id}' ${module ? `is ${module} on ${node}` : 'is unreadable'}`, () => {
      const { servers, unreadable } = deploymentOf([[id, 'active', 'Active']], nodes, 10)
      const expected = module ? [{ module, node, wanted: true, present: true }] : []
      assert.deepEqual(servers, expected)
      assert.equal(unreadable, 1 - expected.length)
    })
  }

  it('without its states is unreadable', () => {
    assert.equal(deploymentOf([['App.Server_10.0.0.1']], nodes, 10).unreadable, 1)
  })
})
