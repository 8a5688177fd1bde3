import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Drill,
  type DrillMessage,
  type Happened,
  observed,
} from '../../../src/cloud/drill/drill.ts'
import type { TraceLine } from '../../../src/cloud/notify/trace.ts'

const T0 = 1_700_000_000_000
const LIMIT_MS = 600_000
const DRILL: Drill = {
  ...{ id: 'd', environment: 'al-1', begunAt: T0, faultAt: T0, storedAt: T0 + 20, channels: [] },
}
const fired = { id: 'a', firedAt: T0 + 7000 }
const over = { ...fired, resolvedAt: T0 + 130_000 }

function message(contact: string, at: number, more: Partial<DrillMessage> = {}): DrillMessage {
  const plannedAt = T0 + at
  const sent = { state: 'sent', sentAt: plannedAt + 500, answer: '250 OK' } as const
  return { policy: 'p', contact, channel: 'mail', name: contact, plannedAt, ...sent, ...more }
}

const { sentAt: _, ...unsent } = message('li', 7100)
const refused: DrillMessage = { ...unsent, state: 'failed', answer: '550 no such user' }
const waiting: DrillMessage = { ...unsent, state: 'waiting', answer: '451 later' }
const decided = (verdict: TraceLine['verdict'], reason: TraceLine['reason']): TraceLine => {
  return { stage: 'route', verdict, reason, policies: [] }
}
const neverTold: TraceLine = { ...decided('drop', 'never-told'), stage: 'resolved' }

function seen(happened: Partial<Happened>, now: number, drill = DRILL) {
  return observed(drill, { messages: [], decisions: [], ...happened }, T0 + now, LIMIT_MS)
}

const AT_LIMIT = LIMIT_MS
const told = [message('wang', 7100)]
const isOver = [...told, message('wang', 130_100)]

describe('a drill', () => {
  const cases: [string, Partial<Happened>, number, string][] = [
    ['goes on before its alarm fired', {}, AT_LIMIT - 1, 'under way'],
    ['failed where the alarm did not fire', {}, AT_LIMIT, 'failed: fired'],
    ['failed where the clock was set back', {}, -AT_LIMIT, 'failed: fired'],
    ['failed where it is still pending', { alert: { id: 'a' } }, AT_LIMIT, 'failed: fired'],
    [
      'failed where nobody would have been told, and says why',
      {
        alert: fired,
        decisions: [
          decided('drop', 'other-levels'),
          decided('hold', 'muted'),
          decided('drop', 'other-levels'),
          decided('tell', 'covered'),
        ],
      },
      AT_LIMIT,
      'failed: planned (other-levels, muted)',
    ],
    [
      'failed as soon as it is over and nobody was to be told',
      { alert: over, decisions: [neverTold, decided('drop', 'other-levels')] },
      131_000,
      'failed: planned (other-levels)',
    ],
    [
      'goes on where it is over and something is held back',
      { alert: over, decisions: [neverTold, decided('hold', 'muted')] },
      131_000,
      'under way',
    ],
    [
      'failed where no channel accepted a message, and says what they answered',
      { alert: fired, messages: [refused, { ...waiting, contact: 'zhao' }] },
      AT_LIMIT,
      'failed: accepted (550 no such user, 451 later)',
    ],
    ['goes on until its alarm is over', { alert: fired, messages: told }, 90_000, 'under way'],
    [
      'goes on until it is told that it is over',
      { alert: over, messages: told },
      131_000,
      'under way',
    ],
    [
      'goes on while somebody was not reached',
      { alert: over, messages: [...isOver, waiting] },
      131_000,
      'under way',
    ],
    ['passed when all were told', { alert: over, messages: isOver }, 131_000, 'passed'],
    [
      'passed when somebody was told, and others cannot be',
      { alert: over, messages: [...isOver, refused] },
      131_000,
      'passed',
    ],
    [
      'goes on where all was refused: another notification may tell later',
      { alert: over, messages: [refused, { ...refused, plannedAt: T0 + 130_000 }] },
      131_000,
      'under way',
    ],
    [
      'passed at its end where somebody was told, whatever is missing',
      { alert: fired, messages: [...told, waiting] },
      AT_LIMIT,
      'passed',
    ],
    [
      'passed where a digest told it when it was over',
      { alert: over, messages: [message('wang', 599_000)] },
      AT_LIMIT,
      'passed',
    ],
  ]
  for (const [sentence, happened, now, expected] of cases) {
    it(sentence, () => {
      const { end } = seen(happened, now)
      const why = end?.outcome === 'failed' && end.why.length > 0 ? ` (${end.why.join(', ')})` : ''
      const failed = end?.outcome === 'failed' ? `failed: ${end.step}${why}` : end?.outcome
      assert.equal(failed ?? 'under way', expected)
      assert.equal(end?.at ?? T0 + now, T0 + now)
    })
  }

  it('that was never stored failed at that', () => {
    const { storedAt: _, faultAt: __, ...begun } = DRILL
    assert.deepEqual(seen({}, AT_LIMIT, begun).end, {
      ...{ at: T0 + AT_LIMIT, outcome: 'failed', step: 'stored', why: [] },
    })
  })

  it('tells when it came to what, by channel, and who was not reached', () => {
    const robot = { channel: 'dingtalk', name: '值班群' } as const
    const messages = [
      ...[message('wang', 7100), message('zhao', 7100, { sentAt: T0 + 9000 }), refused],
      ...[message('r1', 7200, robot), message('wang', 130_100), message('r1', 130_200, robot)],
    ]
    const found = seen({ alert: over, messages }, 131_000)
    assert.deepEqual(found, {
      ...DRILL,
      ...{ alert: 'a', firedAt: T0 + 7000, plannedAt: T0 + 7100, resolvedAt: T0 + 130_000 },
      overToldAt: T0 + 130_700,
      channels: [
        {
          ...{ channel: 'mail', planned: 3, accepted: 2, firstAt: T0 + 7600, lastAt: T0 + 9000 },
          missing: [{ to: 'li', answer: '550 no such user' }],
        },
        {
          ...{ channel: 'dingtalk', planned: 1, accepted: 1 },
          ...{ firstAt: T0 + 7700, lastAt: T0 + 7700, missing: [] },
        },
      ],
      end: { at: T0 + 131_000, outcome: 'passed' },
    })
  })
})
