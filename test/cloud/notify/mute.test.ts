import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  faultsOf,
  holdsUntil,
  type LabelMatcher,
  type Mute,
  matchNothing,
  mutes,
} from '../../../src/cloud/notify/mute.ts'
import { alert, ENVIRONMENT } from './support/nouns.ts'

const shanghai = (text: string) => Date.parse(`2026-${text}:00+08:00`)

function mute(more: Partial<Mute> = {}): Mute {
  return {
    ...{ id: 'm', environment: ENVIRONMENT, matchers: [], reason: '', author: '', createdAt: 0 },
    ...{ from: shanghai('11-01T00:00'), to: shanghai('12-01T00:00') },
    ...more,
  }
}

/** `callee=~Shop.*`. */
function matcher(text: string): LabelMatcher {
  const [, name = '', op, value = ''] = /^(\w+)(=~|!~|!=|=)(.*)$/s.exec(text) ?? []
  return { name, op: op as LabelMatcher['op'], value }
}

describe('which alarms a mute mutes', () => {
  // Of Shop.PayServer, interface pay, FailureRatio, ERROR.
  const cases: [string, boolean][] = [
    ['callee=Shop.PayServer', true],
    ['callee=Shop', false],
    ['callee!=Shop.PayServer', false],
    ['callee=~Shop\\..*', true],
    ['callee=~Shop', false],
    ['callee!~Shop', true],
    ['callee!~Shop.*', false],
    ['alertname=FailureRatio', true],
    ['severity=ERROR', true],
    ['severity=~WARN|INFO', false],
    ['service=Shop.PayServer', true],
    ['app=Shop', true],
    ['node=', true],
    ['node=~.+', false],
    ['node!=10.0.0.1', true],
    ['constructor=', true],
    ['constructor=~.+', false],
    ['__proto__=~.+', false],
  ]
  for (const [text, expected] of cases) {
    it(`${text}: ${expected ? 'muted' : 'not muted'}`, () => {
      assert.equal(mutes(mute({ matchers: [matcher(text)] }), alert('a')), expected)
    })
  }

  it('all matchers must match', () => {
    const matchers = ['callee=Shop.PayServer', 'interface=refund'].map(matcher)
    assert.equal(mutes(mute({ matchers }), alert('a')), false)
  })

  it('says what is wrong with an expression', () => {
    assert.deepEqual(faultsOf([matcher('a=(')]), [''])
    assert.match(faultsOf([matcher('a=~(')])[0] ?? '', /missing closing/)
  })

  it('knows when everything would be muted', () => {
    assert.equal(matchNothing(['a=~.*', 'b!=x'].map(matcher)), true)
    assert.equal(matchNothing(['a=~.*', 'b=x'].map(matcher)), false)
  })
})

describe('when a mute holds', () => {
  const nights = {
    timeZone: 'Asia/Shanghai',
    times: [
      // Monday to Friday, and Saturday morning.
      { days: [1, 2, 3, 4, 5], from: '22:00', to: '06:00' },
      { days: [6], from: '06:00', to: '09:00' },
    ],
  }
  const cases: [string, Partial<Mute>, string, string | undefined][] = [
    ['before it begins it does not', {}, '10-31T23:59', undefined],
    ['from its first instant', {}, '11-01T00:00', '12-01T00:00'],
    ['until its last', {}, '11-30T23:59', '12-01T00:00'],
    ['not at its end', {}, '12-01T00:00', undefined],
    ['weekly: outside its hours it does not', { weekly: nights }, '11-18T12:00', undefined],
    ['weekly: until the morning', { weekly: nights }, '11-18T22:00', '11-19T06:00'],
    ['weekly: after midnight, too', { weekly: nights }, '11-19T05:59', '11-19T06:00'],
    ['weekly: hours that join are one', { weekly: nights }, '11-20T23:00', '11-21T09:00'],
    ['weekly: Sunday has none', { weekly: nights }, '11-22T23:00', undefined],
    ['weekly: no longer than it lasts', { weekly: nights }, '11-30T23:00', '12-01T00:00'],
  ]
  for (const [name, more, at, until] of cases) {
    it(name, () => {
      const expected = until === undefined ? undefined : shanghai(until)
      assert.equal(holdsUntil(mute(more), shanghai(at)), expected)
    })
  }
})
