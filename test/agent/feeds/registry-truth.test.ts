/** Whatever the registry answers, the feed says nothing that is not so. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { ServantFunction } from '../../../src/tars/servant.ts'
import type { DoubleServer, RegistryDouble } from '../support/registry-double.ts'
import { startRig } from './registry-rig.ts'

const NODES = ['n1', 'n2', 'n3', 'n4']
const STATES = ['active', 'inactive']

const server = fc.record({
  module: fc.constantFrom('App.AServer', 'App.BServer', 'Web.CServer'),
  node: fc.constantFrom(...NODES),
  setting: fc.constantFrom(...STATES),
  present: fc.constantFrom(...STATES),
  inNode: fc.constantFrom('Active', 'Inactive'),
})
const servers = fc.uniqueArray(server, {
  selector: ({ module, node }) => `${module} ${node}`,
  minLength: 1,
  maxLength: 12,
})

const FAULTS: Readonly<Record<string, ServantFunction>> = {
  refused: (_body, call) => call.respondError(-9, 'busy'),
  malformed: (_body, call) => call.respond(Buffer.of(0xff)),
  nothing: (_body, call) => call.respond(Buffer.alloc(0)),
}
const FUNCTIONS = [
  'getAllServerIds',
  'getAllNodeNames',
  'getAllApplicationNames',
  'getServerTree',
  'getServerNameList',
  'getServerState',
  'pingNode',
  'findObjectById4Any',
] as const
const faults = fc.dictionary(
  fc.constantFrom(...FUNCTIONS),
  fc.constantFrom(...Object.keys(FAULTS)).map((name) => FAULTS[name]),
  { maxKeys: 2 },
)

function checkNode(node: string, present: boolean, { activeNodes, silentNodes }: RegistryDouble) {
  const answers = !silentNodes.includes(node)
  // Without the node's word only what the record does not list is lost.
  const truth = answers ? present || !activeNodes.includes(node) : !present
  assert.ok(truth, `node ${node} present=${present}`)
}

function checkServer(server: DoubleServer | undefined, present: boolean) {
  assert.ok(server)
  const words = [server.present, server.inNode?.toLowerCase()]
  assert.ok(words.includes(present ? 'active' : 'inactive'), server.module)
  if (server.setting === server.present) assert.equal(present, server.present === 'active')
}

describe('the registry feed, with any framework and any two functions that fail,', () => {
  it('tells of each server and node what its record or its node says, or nothing', async (test) => {
    const { double, feed, spans, states } = await startRig(test)
    const nodes = fc.subarray(NODES)
    await fc.assert(
      fc.asyncProperty(servers, nodes, nodes, faults, async (all, active, silent, answers) => {
        Object.assign(double, { servers: all, activeNodes: active, silentNodes: silent, answers })
        const before = spans.length
        await feed.poll(1)
        const { state, why } = feed.status()
        assert.equal(state === 'off', spans.length === before)
        assert.equal(state === 'ok', why === '')
        if (spans.length === before) return
        for (const { module, node, present, wanted } of states()) {
          if (module === '') {
            checkNode(node, present, double)
            continue
          }
          const server = all.find((each) => each.module === module && each.node === node)
          assert.equal(wanted, server?.setting === 'active')
          checkServer(server, present)
        }
        assert.equal(states().filter(({ module }) => module !== '').length, all.length)
      }),
      { numRuns: 200 },
    )
  })
})
