import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallGraph } from '../../../src/cloud/cause/call-graph.ts'
import { type Cause, findCauses } from '../../../src/cloud/cause/root-cause.ts'
import { AT, edge, suspect } from './support/world.ts'

function causesOf(edges: readonly string[], alerts: readonly string[], reportedAt = {}): Cause[] {
  const graph = new CallGraph({
    edges: edges.map(edge),
    reportedAt: new Map(Object.entries(reportedAt)),
  })
  return findCauses({ graph, suspects: alerts.map(suspect) })
}

/** `D: D/failures < A/failures`: the cause, its own alerts, and those that it explains. */
function told(causes: readonly Cause[]): string[] {
  return causes
    .map(({ matter, own, effects }) => {
      const effect = effects.map((each) => each.suspect.alert).join(' ')
      const name = matter.service.replace('App.', '')
      return `${name}: ${own.map(({ alert }) => alert).join(' ')}${effect && ` < ${effect}`}`
    })
    .toSorted()
}

describe('the cause of alerts is', () => {
  const cases: readonly (readonly [
    string,
    readonly string[],
    readonly string[],
    readonly string[],
  ])[] = [
    [
      'the alert itself where nothing else is wrong',
      ['>A failing 300', 'A>D'],
      ['A failures'],
      ['A: A/failures'],
    ],
    [
      'the callee that its callers fail on',
      ['>A failing 300', '>B failing 200', 'A>D failing 300', 'B>D failing 200'],
      ['A failures', 'B failures', 'D failures'],
      ['D: D/failures < A/failures B/failures'],
    ],
    [
      'the deepest of a chain of five',
      [
        '>A failing 300',
        'A>B failing 300',
        'B>C failing 300',
        'C>D failing 300',
        'D>E failing 300',
      ],
      ['A failures', 'B failures', 'C failures', 'D failures', 'E failures'],
      ['E: E/failures < A/failures B/failures C/failures D/failures'],
    ],
    [
      'named also where it has no alert of its own',
      ['>A failing 300', 'A>B failing 300', 'B>D failing 300'],
      ['A failures'],
      ['D:  < A/failures'],
    ],
    [
      'found through services that have no alert',
      ['>A failing 300', 'A>B failing 300', 'B>D failing 300'],
      ['A failures', 'D failures'],
      ['D: D/failures < A/failures'],
    ],
    [
      'one database behind many, each of which explains only a part',
      [
        ...[
          '>A failing 400',
          'A>M1 failing 100',
          'A>M2 failing 100',
          'A>M3 failing 100',
          'A>M4 failing 100',
        ],
        ...['M1>Db failing 100', 'M2>Db failing 100', 'M3>Db failing 100', 'M4>Db failing 100'],
      ],
      ['A failures', 'M1 failures', 'Db failures'],
      ['Db: Db/failures < A/failures M1/failures'],
    ],
    [
      'not a callee whose small trouble does not make up that of its caller',
      ['>A failing 300', 'A>D failing 30', 'B>D failing 30'],
      ['A failures', 'D failures'],
      ['A: A/failures', 'D: D/failures'],
    ],
    [
      'not a callee that is in trouble with others, while this edge is healthy',
      ['>A failing 300', 'A>D', 'B>D failing 300', 'C>D failing 300', '>B failing 300'],
      ['A failures', 'B failures', 'D failures'],
      ['A: A/failures', 'D: D/failures < B/failures'],
    ],
    [
      'each of two that are in trouble at once',
      ['>A failing 300', 'A>D failing 300', '>B failing 200', 'B>E failing 200'],
      ['A failures', 'B failures', 'D failures', 'E failures'],
      ['D: D/failures < A/failures', 'E: E/failures < B/failures'],
    ],
    [
      'the stronger of two that hit the same caller; the other is told as well',
      [
        '>A failing 500',
        'A>D failing 200',
        'A>E failing 300',
        'B>D failing 200',
        'B>E failing 300',
      ],
      ['A failures', 'D failures', 'E failures'],
      ['D: D/failures', 'E: E/failures < A/failures'],
    ],
    [
      'behind a circle, not in it',
      ['>A failing 300', 'A>B failing 280', 'B>A failing 280', 'B>D failing 280'],
      ['A failures', 'B failures', 'D failures'],
      ['D: D/failures < A/failures B/failures'],
    ],
    [
      'in a circle the member that the others explain least',
      ['>A failing 100', 'A>B failing 300', 'B>A failing 90'],
      ['A failures', 'B failures'],
      ['B: B/failures < A/failures'],
    ],
    [
      'never the calls of a service to itself',
      ['>A failing 300', 'A>A failing 900'],
      ['A failures'],
      ['A: A/failures'],
    ],
    [
      'the slow callee that makes its caller slow',
      ['>A slow 320', 'A>D slow 320'],
      ['A latency', 'D latency'],
      ['D: D/latency < A/latency'],
    ],
    [
      'the slow callee that lets its caller time out',
      ['>A failing 300', 'A>D slow 3000'],
      ['A failures', 'D latency'],
      ['D: D/latency < A/failures'],
    ],
    [
      'the dead callee whose time-outs make its caller slow and its queue long',
      ['>A slow 500', 'A>D failing 1000'],
      ['A latency', 'A queue', 'D down'],
      ['D: D/down < A/latency A/queue'],
    ],
    [
      'who is dead, whatever it last called',
      ['A>D failing 900', 'D>E failing 900', 'B>E'],
      ['D down', 'D failures'],
      ['D: D/down D/failures'],
    ],
    [
      'one for all alerts about one service, the gravest first',
      ['A>D failing 300'],
      ['D latency WARN', 'D queue', 'D failures'],
      ['D: D/failures D/queue D/latency'],
    ],
    [
      'the callee, though only one of its callers is in trouble with it',
      ['>A failing 300', 'A>D failing 300', 'B>D', 'C>D'],
      ['A failures', 'D failures'],
      ['D: D/failures < A/failures'],
    ],
    [
      'the caller that is alone in its trouble with several callees',
      ['>A failing 300', 'A>D failing 200', 'A>E failing 200', 'B>D', 'C>D', 'B>E'],
      ['A failures', 'D failures', 'E failures'],
      ['A: A/failures < D/failures E/failures'],
    ],
    [
      'each callee where the one caller in trouble is alone on those interfaces',
      ['>A failing 300', 'A>D.put failing 200', 'A>E.put failing 190', 'B>D.get', 'C>E.get'],
      ['A failures', 'D failures', 'E failures'],
      ['D: D/failures < A/failures', 'E: E/failures'],
    ],
    [
      'the front whose traffic fell, for all behind it',
      ['>A 100 calls', 'A>B 100 calls', 'B>C 100 calls'],
      ['A traffic', 'B traffic', 'C traffic', 'C silent'],
      ['A: A/traffic < B/traffic C/traffic C/silent'],
    ],
    [
      'not a front whose traffic fell by far less than that behind it',
      ['>A 700 calls', 'A>B 100 calls'],
      ['B traffic'],
      ['B: B/traffic'],
    ],
    [
      'the failing service that calls less, for those that it calls less',
      ['>A failing 900', 'A>D failing 900', 'A>E 100 calls'],
      ['A failures', 'D failures', 'E traffic'],
      ['D: D/failures < A/failures E/traffic'],
    ],
    [
      'its own trouble where callers turn away from it',
      ['A>D failing 90 100 calls after 1000', 'B>D failing 80 100 calls after 1000'],
      ['D failures', 'D traffic'],
      ['D: D/failures D/traffic'],
    ],
    [
      'its own trouble where callers ask again',
      ['>A failing 800', 'A>D failing 1500 2000 calls after 1000'],
      ['A failures', 'D failures', 'D traffic'],
      ['D: D/failures D/traffic < A/failures'],
    ],
    [
      'the rush that overloads what is behind',
      ['>A slow 400 4000 calls after 1000', 'A>D slow 400 4000 calls after 1000'],
      ['A traffic', 'A latency', 'D traffic', 'D latency'],
      ['A: A/traffic < A/latency D/latency D/traffic'],
    ],
    [
      'its own traffic where a caller calls it more that is called as ever',
      ['>A', 'A>D 9000 calls', 'B>D'],
      ['D traffic'],
      ['D: D/traffic'],
    ],
    [
      'what a service tells of itself only where it is well',
      ['A>D failing 300'],
      ['D failures', 'D events', 'E events'],
      ['D: D/failures < D/events', 'E: E/events'],
    ],
    [
      'not what it told long before',
      ['A>D failing 300'],
      ['D failures', 'D events 600 s ago'],
      ['D: D/events', 'D: D/failures'],
    ],
    [
      'never guessed for rules of users',
      ['>A failing 300', 'A>D failing 300'],
      ['A other', 'D failures'],
      ['A: A/other', 'D: D/failures'],
    ],
  ]
  for (const [name, edges, alerts, expected] of cases) {
    it(name, () => assert.deepEqual(told(causesOf(edges, alerts)), expected))
  }
})

describe('a caller is alone in its trouble', () => {
  const edges = ['>A failing 300', 'A>D failing 200', 'A>E failing 190', 'B>D', 'B>E']
  const alerts = ['A failures', 'D failures']

  it('not before the others have reported since', () => {
    const causes = causesOf(edges, alerts, { 'App.B': AT - 1000 })
    assert.deepEqual(told(causes), ['D: D/failures < A/failures'])
  })

  it('as soon as they have', () => {
    assert.deepEqual(told(causesOf(edges, alerts, { 'App.B': AT })), ['A: A/failures < D/failures'])
  })
})

describe('a cause explains itself', () => {
  const edges = [
    ...['>Web failing 240', 'Web>A failing 240', 'A>D failing 300', 'B>D failing 100', '>B', 'C>D'],
  ]
  const [cause] = causesOf(edges, ['Web failures', 'D failures'])

  it('by the calls that lead from an alert to it', () => {
    assert.deepEqual(cause?.effects[0]?.path, [
      { caller: 'App.Web', callee: 'App.A', failures: 240, delayMs: 0, strength: 1 },
      { caller: 'App.A', callee: 'App.D', failures: 300, delayMs: 0, strength: 1 },
    ])
  })

  it('by whom it hits, with their shares: also who copes with it', () => {
    assert.deepEqual(cause?.impact, {
      hits: [
        { service: 'App.A', hops: 1, share: 0.75 },
        { service: 'App.B', hops: 1, share: 0.25 },
        { service: 'App.Web', hops: 2, share: 1 },
      ],
      unlisted: 0,
    })
  })

  it('with a bounded list', () => {
    const many = Array.from({ length: 80 }, (_, n) => `C${n}>D failing ${100 + n}`)
    const [one] = causesOf(many, ['D failures'])
    assert.equal(one?.impact.hits.length, 50)
    assert.equal(one?.impact.hits[0]?.service, 'App.C79')
    assert.equal(one?.impact.unlisted, 30)
  })
})

it('nobody fails because of one who does not answer: stat, property, notify and log of the framework', () => {
  for (const name of ['tarsstat', 'tarsproperty', 'tarsnotify', 'tarslog']) {
    const asked = { ...edge('A>D failing 300'), callee: `tars.${name}` }
    const graph = new CallGraph({ edges: [edge('>A failing 300'), asked] })
    const [cause] = findCauses({ graph, suspects: [suspect('A failures')] })
    assert.equal(cause?.matter.service, 'App.A')
  }
})
