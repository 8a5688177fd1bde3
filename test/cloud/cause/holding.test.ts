import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CallGraph } from '../../../src/cloud/cause/call-graph.ts'
import { hold, type Standings } from '../../../src/cloud/cause/holding.ts'
import { keyOf } from '../../../src/cloud/cause/matter.ts'
import { findCauses } from '../../../src/cloud/cause/root-cause.ts'
import { AT, edge, suspect } from './support/world.ts'

const HOLD_MS = 60_000

interface Moment {
  /** Seconds after the start. */
  readonly s: number
  readonly alerts: readonly string[]
  readonly edges: readonly string[]
  /** `App.A` and when its newest report ended, seconds after the start. */
  readonly reported?: Readonly<Record<string, number>>
  /** A restart explains these. */
  readonly excused?: readonly string[]
}

/** `10 tell D/failures, 10 fold A/failures into D/failures, …` */
function play(moments: readonly Moment[]): string[] {
  let standings: Standings = new Map()
  return moments.flatMap(({ s, alerts, edges, reported = {}, excused = [] }) => {
    const graph = new CallGraph({
      edges: edges.map(edge),
      reportedAt: new Map(
        Object.entries(reported).map(([name, end]) => [`App.${name}`, AT + end * 1000]),
      ),
    })
    const causes = findCauses({ suspects: alerts.map(suspect), graph })
    const keys = excused.map((name) => keyOf({ kind: 'health', service: `App.${name}` }))
    const held = hold(standings, {
      ...{ at: AT + s * 1000, holdMs: HOLD_MS, causes, graph, excused: new Set(keys) },
    })
    standings = held.standings
    return [
      ...held.decisions.map(
        ({ alert, verdict, into }) => `${s} ${verdict} ${alert}${into ? ` into ${into}` : ''}`,
      ),
      ...held.missed.map((alert) => `${s} missed ${alert}`),
    ]
  })
}

const ALONE = ['>A failing 300', 'A>D']
const CHAIN = ['>A failing 300', 'A>D failing 300']
const SLOW = ['W>A slow 400', 'A>D']
/** D calls as well, and has not reported since. */
const DEEP = { edges: [...CHAIN, 'D>E'], reported: { D: -30 } }

describe('an alert', () => {
  const cases: readonly (readonly [string, readonly Moment[], readonly string[]])[] = [
    [
      'is told at once where it calls nobody',
      [{ s: 0, alerts: ['D failures'], edges: CHAIN }],
      ['0 tell D/failures'],
    ],
    [
      'is told at once where what it calls has been heard since, and is well',
      [{ s: 0, alerts: ['A failures'], edges: ALONE, reported: { A: 0 } }],
      ['0 tell A/failures'],
    ],
    [
      'is told at once where its condition has held for an interval: its cause would have shown',
      [{ s: 0, alerts: ['A failures 60 s ago'], edges: ALONE, reported: { A: -70 } }],
      ['0 tell A/failures'],
    ],
    [
      'on traffic waits for those who call its callers',
      [
        { s: 0, alerts: ['D traffic'], edges: ['W>A', 'A>D 90 calls'], reported: { W: -30 } },
        { s: 10, alerts: ['D traffic'], edges: ['W>A', 'A>D 90 calls'], reported: { W: 10 } },
      ],
      ['10 tell D/traffic'],
    ],
    [
      'on latency waits until it has reported no earlier than those who saw it',
      [
        { s: 0, alerts: ['A latency'], edges: SLOW, reported: { W: 0, A: -10 } },
        { s: 20, alerts: ['A latency'], edges: SLOW, reported: { W: 0, A: 0 } },
      ],
      ['20 tell A/latency'],
    ],
    [
      'on its queue has seen the calls that it makes: it tells of both',
      [{ s: 0, alerts: ['A queue'], edges: SLOW, reported: { W: 0, A: -55 } }],
      ['0 tell A/queue'],
    ],
    [
      'whose callee has a part of its trouble waits: that may turn out to be the cause',
      [
        { s: 0, alerts: ['A failures'], edges: ['>A failing 300', 'A>D failing 60'] },
        { s: 20, alerts: ['A failures'], edges: ['>A failing 300', 'A>D failing 200'] },
      ],
      ['20 tell A/failures'],
    ],
    [
      'waits for its own report',
      [
        { s: 0, alerts: ['A failures'], edges: ALONE, reported: { A: -30 } },
        { s: 30, alerts: ['A failures'], edges: ALONE, reported: { A: -30 } },
        { s: 40, alerts: ['A failures'], edges: ALONE, reported: { A: 40 } },
      ],
      ['40 tell A/failures'],
    ],
    [
      'waits no longer than an interval',
      [
        { s: 0, alerts: ['A failures'], edges: ALONE, reported: { A: -30 } },
        { s: 59, alerts: ['A failures'], edges: ALONE, reported: { A: -30 } },
        { s: 60, alerts: ['A failures'], edges: ALONE, reported: { A: -30 } },
      ],
      ['60 tell A/failures'],
    ],
    [
      'waits for the alert of its cause, and is folded into it',
      [
        { s: 0, alerts: ['A failures'], ...DEEP },
        { s: 20, alerts: ['A failures', 'D failures pending'], ...DEEP },
        { s: 30, alerts: ['A failures', 'D failures'], ...DEEP },
        { s: 60, alerts: ['A failures', 'D failures'], ...DEEP },
      ],
      ['60 tell D/failures', '60 fold A/failures into D/failures'],
    ],
    [
      'is told for its cause where that has no alert after an interval; others are folded into it',
      [
        { s: 0, alerts: ['A failures WARN'], ...DEEP },
        {
          s: 60,
          alerts: ['A failures WARN', 'C failures'],
          edges: [...DEEP.edges, 'C>D failing 300'],
          reported: DEEP.reported,
        },
      ],
      ['60 tell C/failures', '60 fold A/failures into C/failures'],
    ],
    [
      'is told at once for a cause that cannot lie deeper, whose own alert is folded into it',
      [
        { s: 0, alerts: ['A failures'], edges: CHAIN },
        { s: 20, alerts: ['A failures', 'D failures'], edges: CHAIN },
      ],
      ['0 tell A/failures', '20 fold D/failures into A/failures'],
    ],
    [
      'that was told is folded when its cause is found',
      [
        { s: 0, alerts: ['A failures'], edges: ALONE, reported: { A: 0 } },
        { s: 10, alerts: ['A failures', 'D failures'], edges: CHAIN },
        { s: 20, alerts: ['A failures', 'D failures'], edges: ALONE },
      ],
      ['0 tell A/failures', '10 tell D/failures', '10 fold A/failures into D/failures'],
    ],
    [
      'that was told takes in what has the same cause, as long as that has no alert',
      [
        { s: 0, alerts: ['A failures'], edges: CHAIN },
        { s: 70, alerts: ['A failures', 'B failures'], edges: [...CHAIN, 'B>D failing 300'] },
      ],
      ['0 tell A/failures', '70 fold B/failures into A/failures'],
    ],
    [
      'stays folded while that which it was folded into fires, whatever the graph shows',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN },
        { s: 90, alerts: ['A failures', 'D failures'], edges: ALONE },
      ],
      ['0 tell D/failures', '0 fold A/failures into D/failures'],
    ],
    [
      'that outlives its cause is held again, then told',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN },
        { s: 90, alerts: ['A failures'], edges: ['>A failing 300', 'A>D failing 300'] },
        { s: 150, alerts: ['A failures'], edges: ['>A failing 300', 'A>D failing 300'] },
      ],
      ['0 tell D/failures', '0 fold A/failures into D/failures', '150 tell A/failures'],
    ],
    [
      'that is over with its cause, though it fires on, is not told',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN },
        { s: 90, alerts: ['A failures cleared'], edges: ['>A', 'A>D'] },
        { s: 200, alerts: ['A failures cleared'], edges: ['>A', 'A>D'] },
      ],
      ['0 tell D/failures', '0 fold A/failures into D/failures'],
    ],
    [
      'that is over with its cause is not told when that is over for good',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN },
        { s: 90, alerts: ['A failures'], edges: CHAIN },
        { s: 120, alerts: ['A failures cleared'], edges: ['>A', 'A>D'] },
        { s: 300, alerts: ['A failures cleared'], edges: ['>A', 'A>D'] },
      ],
      ['0 tell D/failures', '0 fold A/failures into D/failures'],
    ],
    [
      'that a restart explains is excused, with what it hits, and not told when it is over',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN, excused: ['D'] },
        { s: 30, alerts: ['A failures', 'D failures'], edges: CHAIN, excused: ['D'] },
        { s: 120, alerts: ['A failures cleared', 'D failures cleared'], edges: CHAIN },
      ],
      ['0 excuse D/failures', '0 excuse A/failures'],
    ],
    [
      'that outlasts the restart is told',
      [
        { s: 0, alerts: ['A failures', 'D failures'], edges: CHAIN, excused: ['D'] },
        { s: 120, alerts: ['A failures', 'D failures'], edges: CHAIN },
      ],
      [
        ...['0 excuse D/failures', '0 excuse A/failures'],
        ...['120 tell D/failures', '120 fold A/failures into D/failures'],
      ],
    ],
    [
      'that was told before the restart is not excused',
      [
        { s: 0, alerts: ['D failures'], edges: CHAIN },
        { s: 30, alerts: ['A failures', 'D failures'], edges: CHAIN, excused: ['D'] },
      ],
      ['0 tell D/failures', '30 fold A/failures into D/failures'],
    ],
    [
      'that is over before it was told is named',
      [
        { s: 0, alerts: ['A failures'], ...DEEP },
        { s: 10, alerts: [], ...DEEP },
      ],
      ['10 missed A/failures'],
    ],
    [
      'that is pending is neither told nor waited for longer than an interval',
      [
        { s: 0, alerts: ['A failures', 'D failures pending'], ...DEEP },
        { s: 60, alerts: ['A failures', 'D failures pending'], ...DEEP },
      ],
      ['60 tell A/failures'],
    ],
    [
      'on notifies or of a rule of a user is told at once',
      [{ s: 0, alerts: ['A events', 'A other'], edges: ALONE, reported: { A: -20 } }],
      ['0 tell A/events', '0 tell A/other'],
    ],
    [
      'of another rule about the same service is folded into the first',
      [
        { s: 0, alerts: ['D failures'], edges: CHAIN },
        { s: 30, alerts: ['D failures', 'D latency', 'D down'], edges: CHAIN },
      ],
      ['0 tell D/failures', '30 fold D/down into D/failures', '30 fold D/latency into D/failures'],
    ],
  ]
  for (const [name, moments, expected] of cases) {
    it(name, () => assert.deepEqual(play(moments), expected))
  }

  it('that is held says when it is due', () => {
    const reportedAt = new Map([['App.D', AT - 30_000]])
    const graph = new CallGraph({ edges: DEEP.edges.map(edge), reportedAt })
    const causes = findCauses({ suspects: [suspect('A failures')], graph })
    const { dueAt } = hold(new Map(), { at: AT, holdMs: HOLD_MS, causes, graph })
    assert.equal(dueAt, AT + HOLD_MS)
  })
})

describe('whatever happens', () => {
  const NAMES = ['A', 'B', 'C', 'D', 'E']
  const pairs = NAMES.flatMap((caller) => NAMES.map((callee) => `${caller}>${callee}`))
  const moment = fc.record({
    alerts: fc.subarray([
      ...NAMES.map((name) => `${name} failures`),
      ...['B latency WARN', 'C traffic', 'D events', 'E down', 'C failures cleared'],
    ]),
    edges: fc
      .tuple(
        fc.subarray(pairs, { maxLength: 8 }),
        fc.array(fc.constantFrom('', ' failing 300', ' slow 400', ' 90 calls'), {
          minLength: 8,
          maxLength: 8,
        }),
      )
      .map(([some, changes]) => some.map((pair, n) => pair + changes[n])),
  })

  it('a firing alert is held at most an interval, then told or folded into one that was told', () => {
    fc.assert(
      fc.property(fc.array(moment, { minLength: 1, maxLength: 20 }), (moments) => {
        let standings: Standings = new Map()
        const told = new Set<string>()
        for (const [n, { alerts, edges }] of moments.entries()) {
          const at = AT + n * 20_000
          const unique = alerts.filter(
            (one) => one !== 'C failures' || !alerts.includes('C failures cleared'),
          )
          const graph = new CallGraph({ edges: edges.map(edge) })
          const causes = findCauses({ suspects: unique.map(suspect), graph })
          const next = hold(standings, { at, holdMs: HOLD_MS, causes, graph })
          for (const { alert, verdict, into } of next.decisions) {
            if (verdict === 'tell') told.add(alert)
            else assert.ok(into !== undefined && into !== alert && told.has(into))
          }
          assert.deepEqual(
            [...next.standings.keys()].toSorted(),
            unique.map((one) => suspect(one).alert).toSorted(),
          )
          assert.ok(next.dueAt === undefined || next.dueAt > at, 'is due in the past')
          for (const [alert, { heldSince, isAgain, isTold, into }] of next.standings) {
            if (isAgain && unique.includes('C failures cleared') && alert === 'C/failures') continue
            if (heldSince === undefined) assert.ok(isTold || into !== undefined, alert)
            else assert.ok(at - heldSince < HOLD_MS, `${alert} held for ${at - heldSince} ms`)
          }
          assertNoCircle(next.standings)
          standings = next.standings
        }
      }),
      { numRuns: 300 },
    )
  })
})

function assertNoCircle(standings: Standings): void {
  for (const [alert] of standings) {
    const seen = new Set<string>()
    for (let at: string | undefined = alert; at !== undefined; at = standings.get(at)?.into) {
      assert.ok(!seen.has(at), `${alert} is folded into itself`)
      seen.add(at)
    }
  }
}
