import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import type { Standing } from '../../../src/cloud/cause/holding.ts'
import { type Lingering, linger } from '../../../src/cloud/cause/lingering.ts'

const AT = 1_700_000_000_000
const MINUTE = 60_000

function alert(id: string, more: Partial<Alert> = {}): Alert {
  return {
    ...{ id, environment: 'al-1', rule: 'NotifyError', labels: { module: 'App.D', kind: 'down' } },
    ...{ annotations: {}, severity: 'ERROR', state: 'firing', value: 1, activeAt: AT, events: [] },
    ...more,
  }
}

const CALLER = alert('caller', { rule: 'FailureRatio', labels: { callee: 'App.A' } })
const TOLD: Standing = { isTold: true, named: '["health","App.D"]' }

interface Step {
  readonly minute: number
  /** The death still fires. */
  readonly fires?: boolean
  /** What the caller is folded into while it lives; absent: it does not live. */
  readonly into?: string
}

/** After each minute named, whether the death counts as firing though it is over. */
function play(death: Alert, steps: readonly Step[], standing: Standing = TOLD): boolean[] {
  let lingering: readonly Lingering[] = []
  let was: readonly Alert[] = []
  return steps.map(({ minute, fires = false, into }) => {
    const alerts = [...(fires ? [death] : []), ...(into === undefined ? [] : [CALLER])]
    const standings = new Map([[death.id, standing]])
    if (into !== undefined) standings.set(CALLER.id, { isTold: false, into })
    lingering = linger(lingering, { at: AT + minute * MINUTE, was, alerts, standings })
    was = alerts
    return lingering.length > 0
  })
}

describe('a death that a node told of', () => {
  const fires = { minute: 0, fires: true }
  const cases: readonly (readonly [string, readonly Step[], readonly boolean[]])[] = [
    ['counts by itself while it fires', [fires], [false]],
    [
      'counts for five minutes after it',
      [fires, { minute: 1 }, { minute: 5 }, { minute: 6 }],
      [false, true, true, false],
    ],
    [
      'counts longer while it explains another',
      [fires, { minute: 1, into: 'd' }, { minute: 20, into: 'd' }, { minute: 21 }],
      [false, true, true, false],
    ],
    [
      'counts no longer than half an hour',
      [fires, { minute: 1, into: 'd' }, { minute: 31, into: 'd' }],
      [false, true, false],
    ],
    [
      'is not kept by what another explains',
      [fires, { minute: 1, into: 'd' }, { minute: 6, into: 'e' }],
      [false, true, false],
    ],
  ]
  for (const [name, steps, expected] of cases) {
    it(name, () => assert.deepEqual(play(alert('d'), steps), expected))
  }

  const others: readonly (readonly [string, Alert, Standing])[] = [
    ['of another kind', alert('d', { labels: { module: 'App.D', kind: 'business' } }), TOLD],
    ['of calls', alert('d', { rule: 'ServiceDown', labels: { callee: 'App.D' } }), TOLD],
    ['that was not told', alert('d'), { isTold: false, heldSince: AT }],
    ['that was folded', alert('d'), { isTold: true, into: 'e' }],
  ]
  for (const [name, one, standing] of others) {
    it(`does so, not an alert ${name}`, () =>
      assert.deepEqual(play(one, [fires, { minute: 1 }], standing), [false, false]))
  }
})
