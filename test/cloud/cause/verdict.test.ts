import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Calls } from '../../../src/cloud/cause/calls.ts'
import type { NodeChange } from '../../../src/cloud/cause/node-change.ts'
import { type CallsPart, findingsOf, type Measure } from '../../../src/cloud/cause/standing-out.ts'
import {
  type Down,
  type NextStep,
  type Verdict,
  verdictOf,
} from '../../../src/cloud/cause/verdict.ts'
import { AT, calls } from './support/world.ts'

const NODES = ['a', 'b', 'c']
const CALLERS = ['App.X', 'App.Y', 'App.Z']

/** What is different of the calls of some nodes and callers. */
interface Trouble {
  readonly nodes?: readonly string[]
  readonly callers?: readonly string[]
  readonly now: Calls
}

const timeouts: Calls = { calls: 100, timeouts: 60, exceptions: 0, durationMs: 800 }
const exceptions = calls({ calls: 100, failures: 60 })
const slow = calls({ calls: 100, meanMs: 400 })
const usual = calls({ calls: 100 })
const none = calls({ calls: 0 })

function clientParts({ nodes = NODES, callers = CALLERS, now }: Trouble): CallsPart[] {
  return NODES.flatMap((node) =>
    CALLERS.map((caller) => ({
      labels: { callee_ip: node, caller },
      now: nodes.includes(node) && callers.includes(caller) ? now : usual,
      before: usual,
    })),
  )
}

function serverParts(now: Calls, nodes: readonly string[] = NODES): CallsPart[] {
  return NODES.map((node) => ({
    labels: { callee_ip: node },
    now: nodes.includes(node) ? now : usual,
    before: usual,
  }))
}

interface Given {
  readonly measure?: Measure
  readonly client: Trouble
  readonly server?: readonly CallsPart[]
  readonly changes?: readonly NodeChange[]
  readonly down?: Down
}

function verdict(given: Given): Verdict {
  const { measure = 'failures', client, server = [], changes = [], down } = given
  const parts = clientParts(client)
  return verdictOf({
    service: 'App.D',
    measure,
    since: AT,
    findings: findingsOf(parts, measure),
    client: parts,
    server,
    changes,
    down,
  })
}

function change(node: string, kind: NodeChange['kind'], agoS: number): NodeChange {
  return { at: AT - agoS * 1000, service: 'App.D', node, kind }
}

describe('the trouble is', () => {
  const cases: readonly (readonly [string, Given, Verdict['kind'], NextStep])[] = [
    [
      'of a node that alone fails: isolate it',
      { client: { nodes: ['a'], now: exceptions } },
      'node',
      { kind: 'isolate-node', nodes: ['a'] },
    ],
    [
      'of a node since it was restarted: look at that',
      {
        client: { nodes: ['a'], now: exceptions },
        changes: [change('a', 'restart', 90), change('b', 'restart', 80)],
      },
      'node',
      { kind: 'check-change', nodes: ['a'], change: 'restart', at: AT - 90_000 },
    ],
    [
      'of a node that hangs: its server hears nothing, so it is not the network',
      { client: { nodes: ['a'], now: timeouts }, server: serverParts(none, ['a']) },
      'node',
      { kind: 'isolate-node', nodes: ['a'] },
    ],
    [
      'of the network where callers time out and the callee is as ever',
      { client: { now: timeouts }, server: serverParts(usual) },
      'network',
      { kind: 'check-network', callers: [], nodes: [] },
    ],
    [
      'of the network to one node',
      { client: { nodes: ['b'], now: timeouts }, server: serverParts(usual) },
      'network',
      { kind: 'check-network', callers: [], nodes: ['b'] },
    ],
    [
      'of the network of one caller',
      { client: { callers: ['App.X'], now: timeouts }, server: serverParts(usual) },
      'network',
      { kind: 'check-network', callers: ['App.X'], nodes: [] },
    ],
    [
      'of the network where callers wait and the callee is fast',
      { measure: 'latency', client: { now: slow }, server: serverParts(usual) },
      'network',
      { kind: 'check-network', callers: [], nodes: [] },
    ],
    [
      'of the service where callers time out and the callee is slow',
      { client: { now: timeouts }, server: serverParts(calls({ calls: 100, meanMs: 3000 })) },
      'service',
      { kind: 'check-service' },
    ],
    [
      'of the service where the callee is as slow as its callers see',
      { measure: 'latency', client: { now: slow }, server: serverParts(slow) },
      'service',
      { kind: 'check-service' },
    ],
    [
      'of one caller that alone fails',
      { client: { callers: ['App.X'], now: exceptions }, server: serverParts(usual) },
      'caller',
      { kind: 'check-caller', callers: ['App.X'] },
    ],
    [
      'of the service where all fail',
      { client: { now: exceptions } },
      'service',
      { kind: 'check-service' },
    ],
    [
      'of the service since it was published',
      {
        client: { now: exceptions },
        changes: [change('a', 'publish', 240), change('b', 'publish', 120)],
      },
      'service',
      { kind: 'check-change', nodes: ['b', 'a'], change: 'publish', at: AT - 120_000 },
    ],
    [
      'of a process of which its node tells that it died, whatever callers see',
      { client: { now: timeouts }, server: serverParts(usual), down: { nodes: ['b'], died: true } },
      'process',
      { kind: 'check-process', nodes: ['b'] },
    ],
    [
      'of a process that died without calls',
      { client: { now: none }, down: { nodes: ['b', 'c'], died: true } },
      'process',
      { kind: 'check-process', nodes: ['b', 'c'] },
    ],
    [
      'of a node that reports no more',
      { client: { now: usual }, down: { nodes: ['b'], died: false } },
      'node',
      { kind: 'check-process', nodes: ['b'] },
    ],
    [
      'of what somebody did to the node that is down',
      {
        client: { now: usual },
        changes: [change('b', 'stop', 60)],
        down: { nodes: ['b'], died: true },
      },
      'node',
      { kind: 'check-change', nodes: ['b'], change: 'stop', at: AT - 60_000 },
    ],
    [
      'not of a node that is down where another one fails',
      { client: { nodes: ['a'], now: exceptions }, down: { nodes: ['b'], died: true } },
      'node',
      { kind: 'isolate-node', nodes: ['a'] },
    ],
    [
      'not of a change long ago, nor of a crash',
      {
        client: { now: exceptions },
        changes: [change('a', 'publish', 1200), change('b', 'crash', 60)],
      },
      'service',
      { kind: 'check-service' },
    ],
  ]
  for (const [name, given, kind, nextStep] of cases) {
    it(name, () => assert.deepEqual(verdict(given), { kind, nextStep }))
  }
})
