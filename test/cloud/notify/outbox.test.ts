import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import { afterFailure, GIVE_UP_MS, RETRY, sent } from '../../../src/cloud/notify/outbox.ts'
import { AT, delivery } from './support/nouns.ts'

const late = AT + GIVE_UP_MS
const cases = [
  ['what is refused for good fails', 'refused', 1, AT, 'failed'],
  ['an address that is none fails', 'invalid-address', 1, AT, 'failed'],
  ['no connection waits', 'unreachable', 1, AT, 'waiting'],
  ['a time-out waits', 'timeout', 1, AT, 'waiting'],
  ['a busy peer waits', 'busy', 1, AT, 'waiting'],
  ['a group that is gone waits: somebody will give another', 'disabled', 1, AT, 'waiting'],
  ['wrong settings wait: somebody will mend them', 'misconfigured', 1, AT, 'waiting'],
  ['it waits on and on, just short of 3 days', 'unreachable', 400, late - 1, 'waiting'],
  ['after 3 days it is given up', 'unreachable', 400, late, 'failed'],
] as const

describe('afterFailure', () => {
  for (const [name, reason, attempts, at, state] of cases) {
    it(name, () => {
      const failure = new ChannelFailure(reason, 'said the peer')
      const outcome = afterFailure(delivery('d', { attempts }), failure, at)
      assert.equal(outcome.state, state)
      assert.match(outcome.answer, /said the peer$/)
    })
  }

  it('doubles the wait from 5 s to 10 min', () => {
    const waits = [1, 2, 3, 7, 8, 1000].map((attempts) => {
      const outcome = afterFailure(delivery('d', { attempts }), new Error('bug'), AT, () => 1)
      return outcome.state === 'waiting' ? outcome.dueAt - AT : undefined
    })
    assert.deepEqual(waits, [5_000, 10_000, 20_000, 320_000, RETRY.maxMs, RETRY.maxMs])
  })

  const asked = [
    ['7 s, as asked', 7_000, 7_000],
    ['not at once', 0, 1_000],
    ['an hour at the most', 24 * 3_600_000, 3_600_000],
  ] as const
  for (const [name, retryAfterMs, waitMs] of asked) {
    it(`a peer that says when to come again is believed: ${name}`, () => {
      const failure = new ChannelFailure('busy', 'later', false, retryAfterMs)
      const waits = [0, 1].map((random) => {
        const outcome = afterFailure(delivery('d', { attempts: 9 }), failure, AT, () => random)
        return outcome.state === 'waiting' ? outcome.dueAt - AT : undefined
      })
      assert.deepEqual(waits, [waitMs, waitMs + 1_000])
    })
  }

  it('falls due at whole milliseconds', () => {
    const outcome = afterFailure(
      delivery('d', { attempts: 1 }),
      new Error('bug'),
      AT,
      () => 0.12345,
    )
    assert.ok(outcome.state === 'waiting' && Number.isInteger(outcome.dueAt))
  })

  it('marks what may have gone out although no answer came', () => {
    const outcome = afterFailure(delivery('d'), new ChannelFailure('unreachable', 'gone', true), AT)
    assert.ok(outcome.state === 'waiting' && outcome.maybeRepeated)
    const clear = afterFailure(delivery('d'), new ChannelFailure('unreachable', 'gone'), AT)
    assert.ok(clear.state === 'waiting' && clear.maybeRepeated === undefined)
  })

  it('bounds the answer it keeps', () => {
    assert.equal(sent('x'.repeat(10_000), AT).answer.length, 501)
  })
})
