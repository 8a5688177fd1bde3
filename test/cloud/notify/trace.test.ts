import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Decision } from '../../../src/cloud/notify/stages/stage.ts'
import { traceLines } from '../../../src/cloud/notify/trace.ts'

const route = (policy: string, reason: Decision['reason']): Decision => ({
  ...{ stage: 'route', policy, verdict: reason === 'covered' ? 'tell' : 'drop', reason },
})
const told = (policy: string, contact: string): Decision => ({
  ...{ stage: 'address', policy, contact, verdict: 'tell', reason: 'addressed' },
})

describe('traceLines', () => {
  it('policies that decide alike share a line', () => {
    const decisions = [
      route('a', 'covered'),
      route('b', 'other-services'),
      route('c', 'other-services'),
    ]
    assert.deepEqual(
      traceLines(decisions).map(({ reason, policies }) => [reason, policies]),
      [
        ['covered', ['a']],
        ['other-services', ['b', 'c']],
      ],
    )
  })

  it('contacts of a policy share a line, each policy has its own', () => {
    const decisions = [told('a', 'zhang'), told('a', 'li'), told('b', 'zhang')]
    assert.deepEqual(
      traceLines(decisions).map(({ policies, contacts }) => [policies, contacts]),
      [
        [['a'], ['zhang', 'li']],
        [['b'], ['zhang']],
      ],
    )
  })

  it('names 100 and counts the rest', () => {
    const [line] = traceLines(Array.from({ length: 250 }, (_, n) => told('a', `c${n}`)))
    assert.deepEqual([line?.contacts?.length, line?.more], [100, 150])
  })

  it('names the mute', () => {
    const muted = {
      stage: 'mute',
      policy: '',
      mute: 'm',
      verdict: 'hold',
      reason: 'muted',
    } as const
    assert.deepEqual(traceLines([muted]), [
      { stage: 'mute', verdict: 'hold', reason: 'muted', policies: [], mute: 'm' },
    ])
  })
})
