/** What the killing of a cloud is judged by. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Arrival } from '../../scripts/chaos/ledger.ts'
import { type Evidence, judge } from '../../scripts/chaos/verdict.ts'

const TOLD = [{ node: '10.0.1.1', over: false }]
const ENDED = [{ node: '10.0.1.1', over: true }]

function arrival(delivery: string, parts: Partial<Arrival> = {}): Arrival {
  const usual = { recipient: 'hook', life: 0, isMarked: false, isAccepted: true, tells: TOLD }
  return { ...usual, delivery, ...parts }
}

/** One alarm that begins in message `a` and ends in `b`, to a webhook; `a` was in flight when life 0 ended. */
function judged(arrivals: readonly Arrival[], parts: Partial<Evidence> = {}) {
  const verdict = judge({
    ...{ nodes: ['10.0.1.1'], recipients: ['hook'], precise: ['hook'], arrivals },
    deliveries: ['a', 'b'].map((id) => ({ id, to: 'hook', state: 'sent' })),
    inFlight: [new Set(['a'])],
    ...parts,
  })
  const { due, delivered, lost, twiceInside, twiceOutside } = verdict
  return [due, delivered, lost.length, twiceInside, twiceOutside.length]
}

const [a, b] = [arrival('a'), arrival('b', { tells: ENDED })]

describe('messages, their deliveries, those lost, twice inside the window and outside', () => {
  const cases: [string, readonly Arrival[], Partial<Evidence>, number[]][] = [
    ['all arrived once', [a, b], {}, [2, 2, 0, 0, 0]],
    ['one never arrived, though it counts as sent', [a], {}, [3, 1, 2, 0, 0]],
    [
      'one arrived, but its answer was never stored',
      [a, b],
      { deliveries: [{ id: 'a', to: 'hook', state: 'sending' }] },
      [1, 0, 1, 0, 0],
    ],
    [
      'one was taken without an answer, and not again',
      [arrival('a', { isAccepted: false }), b],
      {},
      [2, 1, 1, 0, 0],
    ],
    ['no message was made of an alarm', [], { deliveries: [] }, [1, 0, 1, 0, 0]],
    ['no message was made of its end', [a], { deliveries: [] }, [1, 0, 1, 0, 0]],
    ['a mail says no ends', [a], { deliveries: [], precise: [] }, [0, 0, 0, 0, 0]],
    [
      'one was being sent at a kill, and came again with its mark',
      [a, arrival('a', { life: 1, isMarked: true }), b],
      {},
      [2, 2, 0, 1, 0],
    ],
    ['it came again without its mark', [a, arrival('a', { life: 1 }), b], {}, [2, 2, 0, 0, 1]],
    [
      'a mail, which has none, came again',
      [a, arrival('a', { life: 1 }), b],
      { precise: [] },
      [2, 2, 0, 1, 0],
    ],
    [
      'one came again in the same life',
      [a, arrival('a', { isMarked: true }), b],
      {},
      [2, 2, 0, 0, 1],
    ],
    [
      'one that was not being sent came again',
      [a, b, arrival('b', { life: 1, isMarked: true, tells: ENDED })],
      {},
      [2, 2, 0, 0, 1],
    ],
    ['two messages tell of one alarm', [a, b, arrival('c')], {}, [2, 2, 0, 0, 1]],
  ]
  for (const [sentence, arrivals, parts, expected] of cases) {
    it(sentence, () => assert.deepEqual(judged(arrivals, parts), expected))
  }
})
