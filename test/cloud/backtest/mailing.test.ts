import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import { Mailing } from '../../../src/cloud/backtest/mailing.ts'
import { AUDIENCE } from './stored.ts'

const MINUTE = 60_000

function alertOf(id: string, labels: Alert['labels'] = {}): Alert {
  return {
    ...{ id, environment: 'al-1', rule: 'A', severity: 'WARN', state: 'firing', value: 1 },
    ...{ labels: { callee: 'App.S', ...labels }, annotations: {}, activeAt: 0, events: [] },
  }
}

function change(minute: number, kind: AlertChange['kind'], alert: Alert): AlertChange {
  const at = minute * MINUTE
  const state = kind === 'resolved' ? { state: 'resolved' as const, resolvedAt: at } : {}
  return { kind, at, receivedAt: at, alert: { ...alert, ...state } }
}

/** `minute kind ×news` of each message. */
function told(until: number, ...changes: readonly AlertChange[]): string[] {
  const lines: string[] = []
  const mailing = new Mailing({
    audience: AUDIENCE,
    windowMs: 10 * MINUTE,
    onTold: ({ at, kind, news }) => lines.push(`${at / MINUTE} ${kind} ×${news}`),
  })
  for (const each of changes) mailing.take(each)
  mailing.until(until * MINUTE)
  return lines
}

describe('the messages of a backtest', () => {
  const [one, two, three] = ['1', '2', '3'].map((id) => alertOf(id, { callee_ip: id }))
  assert.ok(one && two && three)

  it('tell of an alarm and of its end', () => {
    const lines = told(60, change(1, 'fired', one), change(5, 'resolved', one))
    assert.deepEqual(lines, ['1 fired ×1', '5 resolved ×1'])
  })

  it('hold back more of one kind, and tell of it when the window ends', () => {
    const lines = told(
      60,
      change(1, 'fired', one),
      change(2, 'fired', two),
      change(3, 'fired', three),
    )
    assert.deepEqual(lines, ['1 fired ×1', '11 digest ×2'])
  })

  it('tell of the digest before what comes after it', () => {
    const lines = told(
      60,
      change(1, 'fired', one),
      change(2, 'fired', two),
      change(30, 'fired', three),
    )
    assert.deepEqual(lines, ['1 fired ×1', '11 digest ×1', '30 fired ×1'])
  })

  it('say nothing of the end of what was over while it was held back', () => {
    const lines = told(
      60,
      change(1, 'fired', one),
      change(2, 'fired', two),
      change(4, 'resolved', two),
      change(40, 'resolved', one),
    )
    assert.deepEqual(lines, ['1 fired ×1', '11 digest ×1', '40 resolved ×1'])
  })

  it('keep back what is due after the end of the backtest', () => {
    assert.deepEqual(told(10, change(1, 'fired', one), change(2, 'fired', two)), ['1 fired ×1'])
  })
})
