import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { retryAfterMs } from '../../../src/agent/uplink/retry-after.ts'
import { type Answer, verdictOf } from '../../../src/agent/uplink/verdict.ts'

const NOW = Date.parse('2026-11-21T04:00:00Z')
const answered = (status: number, retryAfter?: string) => {
  const askedMs = retryAfterMs(retryAfter, NOW)
  return {
    kind: 'answered' as const,
    status,
    ...(askedMs !== undefined && { retryAfterMs: askedMs }),
  }
}
const refused = (status: number, reason: string): Answer => ({ ...answered(status), reason })
const taken: Answer = { kind: 'answered', status: 200, confirmed: true }
const failed: Answer = { kind: 'failed', why: 'ECONNREFUSED' }

describe('what an answer means', () => {
  const cases: [name: string, answer: Answer, attempt: number, verdict: string][] = [
    ['taken', taken, 1, 'ack'],
    ['OK, but not in the words of the cloud', answered(200), 1, 'retry wrong-address 60000'],
    ['malformed', answered(400), 1, 'set-aside'],
    ['malformed, as the cloud says', refused(400, 'malformed'), 1, 'set-aside'],
    ['a format the cloud does not know', refused(400, 'version'), 1, 'retry version 60000'],
    ['a type the cloud does not know', refused(415, 'wrong-type'), 1, 'retry version 60000'],
    ['a type something else does not know', answered(415), 1, 'retry wrong-address 60000'],
    ['too large', answered(413), 1, 'set-aside'],
    ['unprocessable', answered(422), 1, 'set-aside'],
    ['a wrong key is tried each minute', answered(401), 9, 'retry key 60000'],
    ['an error: half a second at first', answered(500), 1, 'retry busy 500'],
    ['an error again: twice as long', answered(502), 3, 'retry busy 2000'],
    ['at most half a minute', answered(500), 99, 'retry busy 30000'],
    ['Retry-After in seconds', answered(503, '7'), 1, 'retry busy 7000'],
    [
      'Retry-After as a date',
      answered(503, 'Sat, 21 Nov 2026 04:01:30 GMT'),
      1,
      'retry busy 90000',
    ],
    [
      'Retry-After in the past is no leave to hurry',
      answered(503, 'Sat, 21 Nov 2026 03:00:00 GMT'),
      1,
      'retry busy 500',
    ],
    ['nor is no time at all', answered(503, '0'), 3, 'retry busy 2000'],
    ['nor where no cloud is', answered(404, '0'), 1, 'retry wrong-address 60000'],
    ['Retry-After of a year is an hour', answered(429, '31536000'), 1, 'retry busy 3600000'],
    ['Retry-After without sense', answered(503, 'soon'), 1, 'retry busy 500'],
    ['too many requests', answered(429), 1, 'retry busy 500'],
    ['nobody there', failed, 2, 'retry unreachable 1000'],
    ['another page', answered(404), 1, 'retry wrong-address 60000'],
    ['sent elsewhere', answered(302), 1, 'retry wrong-address 60000'],
  ]
  for (const [name, answer, attempt, expected] of cases) {
    it(name, () => {
      // The upper end of the jitter.
      const verdict = verdictOf(answer, attempt, () => 1)
      assert.equal(
        verdict.act === 'retry' ? `retry ${verdict.trouble} ${verdict.afterMs}` : verdict.act,
        expected,
      )
    })
  }

  it('waits between half of it and all of it, by chance', () => {
    const waits = [0, 0.5, 1].map((chance) => verdictOf(failed, 1, () => chance))
    assert.deepEqual(
      waits.map((verdict) => verdict.act === 'retry' && verdict.afterMs),
      [250, 375, 500],
    )
  })
})
