import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Alert, AlertChange } from '../../../src/cloud/alerts/alert.ts'
import { MAX_HELD } from '../../../src/cloud/notify/held.ts'
import { kindOf } from '../../../src/cloud/notify/kind.ts'
import type { Mute } from '../../../src/cloud/notify/mute.ts'
import { concerned, decide, decideDigest } from '../../../src/cloud/notify/pipeline.ts'
import type { Policy, PolicyHours, PolicyMode } from '../../../src/cloud/notify/policy.ts'
import type { Convergence } from '../../../src/cloud/notify/ports.ts'
import { covers, routeReason } from '../../../src/cloud/notify/stages/route.ts'
import type { Facts } from '../../../src/cloud/notify/stages/stage.ts'
import { holdEnd } from '../../../src/cloud/notify/stages/times.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'

const WINDOW_MS = 600_000

function facts(more: Partial<Facts> = {}): Facts {
  const audience = {
    environmentName: '演示环境',
    policies: [policy('p1')],
    contacts: [contact('zhang'), contact('li')],
  }
  return { at: AT, windowMs: WINDOW_MS, audience, convergences: [], toldOf: [], ...more }
}

function fired(of: Alert, at = AT): AlertChange {
  return change('fired', at, of)
}

/** A convergence of `alert()`'s kind under p1, told at `AT`. */
function convergence(more: Partial<Convergence> = {}): Convergence {
  const kind = kindOf(alert('any'), 'p1')
  return { kind, toldAt: AT, scope: 'all', held: [], heldCount: 0, ...more }
}

function holding(...changes: AlertChange[]): Convergence {
  return convergence({
    ...{ held: changes, heldCount: changes.length, heldSince: changes[0]?.at ?? AT },
    dueAt: AT + WINDOW_MS,
  })
}

describe('route: which policies tell of a service', () => {
  const cases = [
    ['* covers every service', ['*'], 'Shop.PayServer', true],
    ['* covers what has no service', ['*'], '', true],
    ['an application covers its servers', ['Shop'], 'Shop.PayServer', true],
    ['an application covers no other application', ['Sho'], 'Shop.PayServer', false],
    ['a server covers itself', ['Shop.PayServer'], 'Shop.PayServer', true],
    ['a server covers no other server', ['Shop.Pay'], 'Shop.PayServer', false],
    ['one of several is enough', ['Other', 'Shop'], 'Shop.PayServer', true],
    ['an application does not cover what has no service', ['Shop'], '', false],
    ['no services cover nothing', [], 'Shop.PayServer', false],
    ['* stands for any text in an application', ['Sh*'], 'Shop.PayServer', true],
    ['* stands for any text in a server', ['*.Pay*'], 'Shop.PayServer', true],
    ['* between', ['S*op.*ay*er'], 'Shop.PayServer', true],
    ['what stands around * must be there', ['*.Pay'], 'Shop.PayServer', false],
    ['an interface does not cover its service', ['Shop.PayServer/pay'], 'Shop.PayServer', false],
  ] as const
  for (const [name, services, service, expected] of cases) {
    it(name, () => assert.equal(covers(policy('p', { services }), service), expected))
  }

  it('tells of what is folded into another alarm only where that is not told', () => {
    const policies = [
      policy('cause', { services: ['Shop.StockServer'] }),
      policy('both', { services: ['*'] }),
      policy('caller', { services: ['Shop.PayServer'] }),
    ]
    const audience = { environmentName: '', policies, contacts: [contact('zhang')] }
    const into = { alert: 'b', service: 'Shop.StockServer' }
    const news = { ...fired(alert('a')), story: { zh: [], en: [], into } }
    const { notices, trace } = decide(news, facts({ audience }))
    assert.deepEqual(
      notices.map((notice) => notice.policy.id),
      ['caller'],
    )
    assert.ok(trace.some(({ policy, reason }) => policy === 'both' && reason === 'folded'))
  })

  it('tells of what is folded into an alarm that is muted: nobody tells of the cause', () => {
    const { labels, rule, severity } = alert('b', { labels: { callee: 'Shop.StockServer' } })
    const into = { alert: 'b', service: 'Shop.StockServer', mutable: { labels, rule, severity } }
    const news = { ...fired(alert('a')), story: { zh: [], en: [], into } }
    const { audience } = facts()
    const mute: Mute = {
      ...{ id: 'm', environment: ENVIRONMENT, from: AT - 1, to: AT + 1 },
      matchers: [{ name: 'callee', op: '=', value: 'Shop.StockServer' }],
      ...{ reason: 'release', author: 'admin', createdAt: AT - 1 },
    }
    assert.equal(decide(news, facts()).notices.length, 0)
    assert.equal(
      decide(news, facts({ audience: { ...audience, mutes: [mute] } })).notices.length,
      2,
    )
  })

  it('tells once that an alert fired, also when its news comes again', () => {
    const told = (...contacts: string[]) =>
      contacts.map((contact) => ({ alert: 'a', policy: 'p1', contact }))
    const notices = (...contacts: string[]) => {
      const again = decide(fired(alert('a')), facts({ toldOf: told(...contacts) }))
      return again.notices.map(({ contact }) => contact.id)
    }
    assert.deepEqual(notices('zhang'), ['li'])
    assert.deepEqual(notices('zhang', 'li'), [])
    const { trace } = decide(fired(alert('a')), facts({ toldOf: told('zhang', 'li') }))
    assert.deepEqual(
      trace.map(({ reason }) => reason),
      ['told-before'],
    )
  })

  it('asks for the convergences of covering policies, or of all when the alert is over', () => {
    const policies = [policy('p1', { services: ['Other'] }), policy('p2')]
    const audience = { environmentName: '', policies, contacts: [] }
    const ids = (news: AlertChange) => concerned(news, audience).map(({ id }) => id)
    assert.deepEqual(ids(fired(alert('a'))), ['p2'])
    assert.deepEqual(ids(change('resolved', AT, alert('a'))), ['p1', 'p2'])
  })
})

describe('route: interfaces, alarms and levels', () => {
  const cases: [string, Partial<Policy>, string][] = [
    ['an interface covers itself', { services: ['Shop.PayServer/pay'] }, 'covered'],
    ['* covers interfaces', { services: ['Shop/p*'] }, 'covered'],
    ['an interface covers no other', { services: ['Shop.PayServer/refund'] }, 'other-services'],
    ['an alarm by name', { alarms: ['FailureRatio'] }, 'covered'],
    ['alarms by *', { alarms: ['Failure*'] }, 'covered'],
    ['other alarms', { alarms: ['NotifyError'] }, 'other-alarms'],
    ['its level', { severities: ['ERROR'] }, 'covered'],
    ['other levels', { severities: ['WARN', 'INFO'] }, 'other-levels'],
    ['a policy that is off', { off: true }, 'policy-off'],
  ]
  for (const [name, more, reason] of cases) {
    it(`${name}: ${reason}`, () => {
      assert.equal(routeReason(policy('p', more), fired(alert('a'))), reason)
    })
  }

  it('a policy of some alarms tells of what is folded: it may not tell of the cause', () => {
    const into = { alert: 'b', service: 'Shop.StockServer' }
    const news = fired(alert('a'))
    assert.equal(routeReason(policy('p'), news, into), 'folded')
    assert.equal(routeReason(policy('p', { alarms: ['FailureRatio'] }), news, into), 'covered')
  })
})

describe('times: within the hours of the policy, or when they begin', () => {
  const weekdays = { days: ['workday'], from: '09:00', to: '21:00' } as const
  const base = { timeZone: 'Asia/Shanghai', times: [weekdays] } as const
  const hold = { ...base, outside: 'hold', holidays: 'hold' } as const
  const night = { days: ['workday', 'weekend'], from: '22:00', to: '06:00' } as const
  /** Of 2026, in Shanghai. */
  const cases: [string, PolicyHours, string, string | undefined][] = [
    ['on a Wednesday at 09:00 it is told', hold, '11-18T09:00', undefined],
    ['at 20:59 it is told', hold, '11-18T20:59', undefined],
    ['at 21:00 it waits for the morning', hold, '11-18T21:00', '11-19T09:00'],
    ['on Saturday for Monday', hold, '11-21T12:00', '11-23T09:00'],
    ['a Saturday worked for a holiday is a workday', hold, '10-10T12:00', undefined],
    ['on 1 October for the end of the holidays', hold, '10-01T12:00', '10-08T09:00'],
    ['on holidays all may be told', { ...hold, holidays: 'tell' }, '10-01T03:00', undefined],
    ['or as on a weekend', { ...hold, holidays: 'weekend' }, '10-01T03:00', '10-08T09:00'],
    ['outside all may be told', { ...hold, outside: 'tell' }, '11-18T23:00', undefined],
    ['outside ERROR may be told', { ...hold, outside: 'errors' }, '11-18T23:00', undefined],
    ['a night ends on the next day', { ...hold, times: [night] }, '11-19T05:59', undefined],
    ['and begins again in the evening', { ...hold, times: [night] }, '11-19T06:00', '11-19T22:00'],
    ['without times all day', { ...hold, times: [] }, '11-18T03:00', undefined],
    ['without times but on holidays', { ...hold, times: [] }, '10-01T03:00', '10-08T00:00'],
    ['in another zone', { ...hold, timeZone: 'America/New_York' }, '11-18T21:00', '11-18T22:00'],
  ]
  const shanghai = (text: string) => Date.parse(`2026-${text}:00+08:00`)
  for (const [name, hours, at, until] of cases) {
    it(name, () => {
      const end = holdEnd(hours, 'ERROR', facts().audience, shanghai(at))
      assert.equal(end, until === undefined ? undefined : shanghai(until))
    })
  }

  it('outside what is no ERROR waits where only ERROR is told', () => {
    const hours = { ...hold, outside: 'errors' } as const
    const end = holdEnd(hours, 'WARN', facts().audience, shanghai('11-18T23:00'))
    assert.equal(end, shanghai('11-19T09:00'))
  })

  it('days are those of the calendar of the environment', () => {
    const days = [{ date: '11-18', name: '停业', like: 'weekend' as const }]
    const calendar = { zone: 'Asia/Shanghai', holidays: 'none' as const, specialDays: days }
    const audience = { ...facts().audience, calendar }
    const end = holdEnd(hold, 'ERROR', audience, shanghai('11-18T12:00'))
    assert.equal(end, shanghai('11-19T09:00'))
  })

  // Berlin, 2026: 29 March from 02:00 to 03:00 (01:00 UTC), 25 October from 03:00 back to 02:00 (01:00 UTC).
  const changed: [string, string, string, string, string][] = [
    [
      'hours that begin when clocks skip begin when they do',
      '02:30',
      '12:00',
      '03-29T00:10',
      '03-29T01:00',
    ],
    [
      'of those that come twice the second counts, too',
      '02:30',
      '02:45',
      '10-25T01:10',
      '10-25T01:30',
    ],
    [
      'they begin again when clocks go back into them',
      '02:00',
      '02:20',
      '10-25T00:40',
      '10-25T01:00',
    ],
    ['after that on the next day', '02:00', '02:20', '10-25T01:20', '10-26T01:00'],
  ]
  for (const [name, from, to, at, until] of changed) {
    it(`on a day clocks are changed: ${name}`, () => {
      const days = ['workday', 'weekend'] as const
      const hours = { ...hold, timeZone: 'Europe/Berlin', times: [{ days, from, to }] }
      const [start, wanted] = [at, until].map((text) => Date.parse(`2026-${text}:00Z`))
      assert.equal(holdEnd(hours, 'ERROR', facts().audience, start ?? 0), wanted)
    })
  }

  it('clocks that are changed in the night change nothing', () => {
    // On 8 March 2026 New York goes from 02:00 to 03:00.
    const hours = { ...hold, timeZone: 'America/New_York', times: [night] } as const
    const at = Date.parse('2026-03-08T06:00:00-04:00')
    const end = holdEnd(hours, 'ERROR', facts().audience, at)
    assert.equal(end, Date.parse('2026-03-08T22:00:00-04:00'))
  })

  it('what is held goes out in one digest when the hours begin', () => {
    const nightly = { policies: [policy('p1', { hours: hold })], contacts: [contact('zhang')] }
    const audience = { environmentName: 'env', ...nightly }
    const at = shanghai('11-18T23:00')
    const first = decide(fired(alert('a'), at), facts({ at, audience }))
    assert.deepEqual([first.notices.length, first.convergences.length], [0, 1])
    const second = decide(
      fired(alert('b'), at + 9),
      facts({ at: at + 9, audience, convergences: first.convergences }),
    )
    const [held] = second.convergences
    assert.ok(held)
    assert.deepEqual([held.dueAt, held.heldCount], [at + WINDOW_MS, 2], 'hours may be changed')
    const again = decideDigest(held, facts({ at: at + WINDOW_MS, audience }))
    assert.deepEqual([again.notices.length, again.trace.length], [0, 2])
    const [waiting] = again.convergences
    assert.deepEqual([waiting?.dueAt, waiting?.heldCount], [at + 2 * WINDOW_MS, 2])
    const morning = shanghai('11-19T09:00')
    assert.equal(decideDigest(held, facts({ at: morning, audience })).notices.length, 1)
    const early = decideDigest(waiting ?? held, facts({ at: morning - 1, audience }))
    assert.deepEqual(
      [early.notices.length, early.convergences],
      [0, [{ ...waiting, dueAt: morning }]],
    )
    assert.deepEqual(early.trace, [], 'that it waits is said once')
    const next = decide(
      fired(alert('c'), morning),
      facts({ at: morning, audience, convergences: [held] }),
    )
    assert.deepEqual([next.notices[0]?.heldBack?.count, next.convergences[0]?.heldCount], [2, 0])
  })
})

describe('mute: nobody is told for a time', () => {
  const matchers = [{ name: 'callee', op: '=', value: 'Shop.PayServer' }] as const
  const mute = (id: string, to: number): Mute => ({
    ...{ id, environment: ENVIRONMENT, matchers, from: AT, to, reason: '', author: '' },
    createdAt: AT,
  })
  const muted = { ...facts().audience, mutes: [mute('short', AT + 5), mute('long', AT + 9)] }

  it('that it fired waits for the end of the mute that lasts longest', () => {
    const {
      notices,
      convergences,
      muted: by,
      trace,
    } = decide(fired(alert('a')), facts({ audience: muted }))
    assert.deepEqual([notices, convergences], [[], []])
    assert.deepEqual(by, { mute: 'long', until: AT + 9 })
    assert.deepEqual(trace, [
      { stage: 'mute', policy: '', mute: 'long', verdict: 'hold', reason: 'muted' },
    ])
  })

  it('at its end it is told, unless it is over by then', () => {
    const later = { at: AT + 9, audience: muted }
    assert.equal(decide(fired(alert('a')), facts({ ...later, over: false })).notices.length, 2)
    const { notices, trace } = decide(fired(alert('a')), facts({ ...later, over: true }))
    assert.deepEqual([notices.length, trace[0]?.reason], [0, 'over-while-muted'])
  })

  it('that it goes on is forgotten', () => {
    const { muted: by } = decide(change('repeated', AT, alert('a')), facts({ audience: muted }))
    assert.deepEqual(by, { mute: 'long' })
  })

  it('that it is over is told to who was told before', () => {
    const toldOf = [{ policy: 'p1', contact: 'li' }]
    const over = change('resolved', AT, alert('a'))
    assert.equal(decide(over, facts({ audience: muted, toldOf })).notices.length, 1)
  })

  it('of a digest what is muted waits, the rest goes out', () => {
    const other = alert('b', { labels: { callee: 'Other.Server' } })
    const due = (...of: Alert[]) => holding(...of.map((one) => fired(one)))
    const held = decideDigest(due(alert('a')), facts({ audience: muted }))
    assert.deepEqual([held.notices.length, held.convergences[0]?.dueAt], [0, AT + 9])
    const part = decideDigest(due(alert('a'), other), facts({ audience: muted }))
    assert.deepEqual(
      part.notices.map(({ headline, heldBack }) => [headline.alert.id, heldBack]),
      [
        ['b', undefined],
        ['b', undefined],
      ],
    )
    const [rest] = part.convergences
    assert.deepEqual(
      [rest?.held.map((one) => one.alert.id), rest?.heldCount, rest?.dueAt, rest?.toldAt],
      [['a'], 1, AT + 9, AT],
    )
    const end = decideDigest(rest ?? due(), facts({ at: AT + 9, audience: muted }))
    assert.equal(end.notices[0]?.headline.alert.id, 'a')
  })
})

describe('modes of a policy', () => {
  const under = (mode: PolicyMode) => ({
    ...facts().audience,
    policies: [policy('p1', { mode })],
  })

  it('digest: all is held for the end of the window', () => {
    const audience = under('digest')
    const { notices, convergences, trace } = decide(fired(alert('a')), facts({ audience }))
    assert.deepEqual([notices.length, convergences[0]?.dueAt], [0, AT + WINDOW_MS])
    assert.ok(trace.some(({ reason }) => reason === 'digest-only'))
    const [held] = convergences
    assert.ok(held)
    const more = decide(fired(alert('b')), facts({ at: AT + 5, audience, convergences: [held] }))
    assert.deepEqual(
      [more.convergences[0]?.dueAt, more.convergences[0]?.heldCount],
      [held.dueAt, 2],
    )
  })

  it('realtime: more of the kind waits for the next message, however long', () => {
    const audience = under('realtime')
    const { convergences } = decide(
      fired(alert('b'), AT + 1),
      facts({ at: AT + 1, audience, convergences: [convergence()] }),
    )
    assert.deepEqual([convergences[0]?.dueAt, convergences[0]?.heldCount], [undefined, 1])
  })

  it('of a policy that was switched off the digest is dropped', () => {
    const audience = { ...facts().audience, policies: [policy('p1', { off: true })] }
    const { notices, trace } = decideDigest(holding(fired(alert('a'))), facts({ audience }))
    assert.deepEqual([notices.length, trace[0]?.reason], [0, 'policy-off'])
  })
})

describe('converge: at once, held back, or carrying what was held', () => {
  const node = alert('n', { labels: { ...alert('n').labels, node: '10.1.2.3' } })
  const cases: [string, Alert, number, Convergence | undefined, string][] = [
    ['the first of its kind goes at once', alert('a'), AT, undefined, 'first-of-kind'],
    ['more within the window is held back', alert('a'), AT + 1, convergence(), 'within-window'],
    ['the window ends after its length', alert('a'), AT + WINDOW_MS, convergence(), 'window-over'],
    ['just before it does not', alert('a'), AT + WINDOW_MS - 1, convergence(), 'within-window'],
    ['a clock set back ends it', alert('a'), AT - 1, convergence(), 'window-over'],
    [
      'all nodes after one node go at once',
      alert('a'),
      AT,
      convergence({ scope: 'node' }),
      'wider-scope',
    ],
    [
      'a node after all nodes is held back',
      node,
      AT,
      convergence({ scope: 'all' }),
      'within-window',
    ],
    ['a node after a node is held back', node, AT, convergence({ scope: 'node' }), 'within-window'],
    [
      'a higher level is a kind of its own',
      alert('a'),
      AT,
      { ...convergence(), kind: kindOf(alert('a', { severity: 'WARN' }), 'p1') },
      'first-of-kind',
    ],
    [
      'the whole service is another kind than its interface',
      alert('a', { labels: { callee: 'Shop.PayServer' } }),
      AT,
      convergence(),
      'first-of-kind',
    ],
    [
      'another policy converges by itself',
      alert('a'),
      AT,
      { ...convergence(), kind: kindOf(alert('a'), 'p2') },
      'first-of-kind',
    ],
  ]
  for (const [name, of, at, current, reason] of cases) {
    it(name, () => {
      const known = facts({ at, convergences: current ? [current] : [] })
      const { trace, notices } = decide(fired(of, at), known)
      assert.equal(trace.find(({ stage }) => stage === 'converge')?.reason, reason)
      assert.equal(notices.length, reason === 'within-window' ? 0 : 2)
    })
  }

  it('what reaches nobody opens no window, so that a contact added since is told at once', () => {
    const audience = { environmentName: '', policies: [policy('p1')], contacts: [] }
    const envelope = decide(fired(alert('a')), facts({ audience }))
    assert.deepEqual([envelope.notices, envelope.convergences], [[], []])
  })

  it('keeps what is held with the instant of the first', () => {
    const first = decide(
      fired(alert('a'), AT + 1),
      facts({ at: AT + 2, convergences: [convergence()] }),
    )
    const held = first.convergences[0]
    assert.ok(held)
    const second = decide(fired(alert('b'), AT + 9), facts({ at: AT + 9, convergences: [held] }))
    const { heldSince, heldCount, held: changes, toldAt } = second.convergences[0] ?? convergence()
    assert.deepEqual([heldSince, heldCount, toldAt], [AT + 1, 2, AT])
    assert.deepEqual(
      changes.map((one) => one.alert.id),
      ['a', 'b'],
    )
  })

  it('holds an alert once, however often the news of it comes, and tells it once', () => {
    const held = holding(fired(alert('a')), fired(alert('b')))
    const more = decide(fired(alert('a'), AT + 9), facts({ at: AT + 9, convergences: [held] }))
    assert.deepEqual(
      [more.convergences[0]?.heldCount, more.convergences[0]?.held.map((one) => one.alert.id)],
      [2, ['a', 'b']],
    )
    const at = AT + WINDOW_MS
    const { notices } = decide(fired(alert('a'), at), facts({ at, convergences: [held] }))
    assert.deepEqual(
      [notices[0]?.heldBack?.count, notices[0]?.heldBack?.changes.map((one) => one.alert.id)],
      [1, ['b']],
    )
  })

  it('what is muted by now does not go with it', () => {
    const other = alert('b', { labels: { ...alert('b').labels, node: 'n' } })
    const mute: Mute = {
      ...{ id: 'm', environment: ENVIRONMENT, from: AT, to: AT + 10 * WINDOW_MS, createdAt: AT },
      ...{ matchers: [{ name: 'node', op: '=', value: 'n' }], reason: '', author: '' },
    }
    const at = AT + WINDOW_MS
    const known = facts({ at, convergences: [holding(fired(alert('a')), fired(other))] })
    const audience = { ...known.audience, mutes: [mute] }
    const { notices, convergences } = decide(fired(alert('c'), at), { ...known, audience })
    assert.deepEqual(
      [notices[0]?.heldBack?.count, notices[0]?.heldBack?.changes.map((one) => one.alert.id)],
      [1, ['a']],
    )
    const [left] = convergences
    assert.deepEqual(
      [left?.held.map((one) => one.alert.id), left?.heldCount, left?.dueAt],
      [['b'], 1, at + WINDOW_MS],
    )
  })

  it('keeps the newest 100 and counts all', () => {
    const changes = Array.from({ length: MAX_HELD }, (_, n) => fired(alert(`a${n}`)))
    const full = holding(...changes)
    const { convergences } = decide(fired(alert('new')), facts({ convergences: [full] }))
    assert.equal(convergences[0]?.held.length, MAX_HELD)
    assert.equal(convergences[0]?.held.at(-1)?.alert.id, 'new')
    assert.equal(convergences[0]?.heldCount, MAX_HELD + 1)
  })

  it('what is held goes with the next message, and a new window opens', () => {
    const known = facts({
      at: AT + WINDOW_MS,
      convergences: [holding(fired(alert('a')), fired(alert('b')))],
    })
    const { notices, convergences } = decide(fired(alert('c'), AT + WINDOW_MS), known)
    assert.equal(notices[0]?.headline.alert.id, 'c')
    assert.deepEqual(
      notices[0]?.heldBack?.changes.map((one) => one.alert.id),
      ['a', 'b'],
    )
    assert.deepEqual([notices[0]?.heldBack?.count, notices[0]?.heldBack?.since], [2, AT])
    assert.deepEqual(convergences, [convergence({ toldAt: AT + WINDOW_MS })])
  })
})

describe('digest: the window ends with something held', () => {
  it('the newest is the headline, the older ones stand below', () => {
    const due = holding(fired(alert('a')), fired(alert('b')), fired(alert('c')))
    const { notices, convergences, trace } = decideDigest(due, facts({ at: AT + WINDOW_MS }))
    assert.equal(notices[0]?.headline.alert.id, 'c')
    assert.deepEqual(
      notices[0]?.heldBack?.changes.map((one) => one.alert.id),
      ['a', 'b'],
    )
    assert.equal(notices[0]?.heldBack?.count, 2)
    assert.deepEqual(convergences, [convergence({ toldAt: AT + WINDOW_MS })])
    assert.equal(trace[0]?.reason, 'digest-due')
  })

  it('one alone has nothing below', () => {
    const { notices } = decideDigest(holding(fired(alert('a'))), facts())
    assert.equal(notices[0]?.heldBack, undefined)
    assert.equal(notices.length, 2)
  })

  it('of a policy that was removed nothing is told and nothing stays held', () => {
    const audience = { environmentName: '', policies: [], contacts: [contact('zhang')] }
    const { notices, convergences, trace } = decideDigest(
      holding(fired(alert('a'))),
      facts({ audience }),
    )
    assert.deepEqual([notices.length, convergences[0]?.heldCount], [0, 0])
    assert.equal(trace[0]?.reason, 'policy-gone')
  })
})

describe('resolved: told to exactly those who were told', () => {
  const over = change('resolved', AT + 60_000, alert('a'))

  it('goes to who was told, whatever the policy says now', () => {
    const known = facts({
      toldOf: [
        { policy: 'p1', contact: 'li' },
        { policy: 'p1', contact: 'li' },
      ],
    })
    const { notices } = decide(over, {
      ...known,
      audience: { ...known.audience, policies: [policy('p1', { services: [] })] },
    })
    assert.deepEqual(
      notices.map((one) => one.contact.id),
      ['li'],
    )
  })

  it('goes out also when the policy was removed since', () => {
    const audience = { environmentName: 'env', policies: [], contacts: [contact('li')] }
    const { notices } = decide(
      over,
      facts({ audience, toldOf: [{ policy: 'gone', contact: 'li' }] }),
    )
    assert.deepEqual(
      notices.map((one) => one.policy.id),
      ['gone'],
    )
  })

  it('of a held alert marks the entry and tells nobody', () => {
    const held = holding(fired(alert('a')), fired(alert('b')))
    const { notices, convergences, trace } = decide(over, facts({ convergences: [held] }))
    assert.equal(notices.length, 0)
    assert.deepEqual(
      convergences[0]?.held.map((one) => [one.alert.id, one.kind, one.alert.resolvedAt]),
      [
        ['a', 'fired', AT + 60_000],
        ['b', 'fired', undefined],
      ],
    )
    assert.equal(convergences[0]?.heldCount, 2)
    assert.deepEqual(
      trace.map(({ reason }) => reason),
      ['over-while-held'],
    )
  })

  it('of one that is held once more is marked also where nobody can be told any more', () => {
    const known = { convergences: [holding(fired(alert('a')))] }
    const toldOf = [{ policy: 'p1', contact: 'gone' }]
    const { notices, convergences } = decide(over, facts({ ...known, toldOf }))
    assert.equal(notices.length, 0)
    assert.equal(convergences[0]?.held[0]?.alert.state, 'resolved')
  })

  it('of an alert nobody was told of tells nobody, and says why', () => {
    const { notices, trace } = decide(over, facts())
    assert.equal(notices.length, 0)
    assert.deepEqual(
      trace.map(({ reason }) => reason),
      ['never-told'],
    )
  })

  it('neither waits for a window nor opens one', () => {
    const told = { toldOf: [{ policy: 'p1', contact: 'li' }], convergences: [convergence()] }
    const { notices, convergences } = decide(over, facts(told))
    assert.deepEqual([notices.length, convergences.length], [1, 0])
  })
})

describe('address: who of the policy can be reached', () => {
  it('tells those of a group besides, each once', () => {
    const groups = [
      { id: 'g', environment: ENVIRONMENT, name: '值班', contacts: ['zhang', 'li'] },
      { id: 'h', environment: ENVIRONMENT, name: '其他', contacts: ['wang'] },
    ]
    const audience = {
      ...{ environmentName: 'env', contacts: ['zhang', 'li', 'wang'].map((id) => contact(id)) },
      ...{ groups, policies: [policy('p1', { contacts: ['zhang'], groups: ['g', 'gone'] })] },
    }
    const { notices } = decide(fired(alert('a')), facts({ audience }))
    assert.deepEqual(
      notices.map((one) => one.contact.id),
      ['zhang', 'li'],
    )
  })

  it('says why a contact is not told', () => {
    const audience = {
      environmentName: 'env',
      policies: [policy('p1', { contacts: ['zhang', 'gone', 'mute', 'zhang'] })],
      contacts: [contact('zhang'), contact('li'), contact('mute', { email: '' })],
    }
    const { notices, trace } = decide(fired(alert('a')), facts({ audience }))
    assert.deepEqual(
      notices.map((one) => one.contact.id),
      ['zhang'],
    )
    assert.deepEqual(notices[0]?.environment, { id: ENVIRONMENT, name: 'env' })
    assert.deepEqual(
      trace
        .filter(({ stage }) => stage === 'address')
        .map(({ contact: id, reason }) => [id, reason]),
      [
        ['zhang', 'addressed'],
        ['gone', 'contact-gone'],
        ['mute', 'no-address'],
      ],
    )
  })

  it('every policy that does not cover the service is in the trace', () => {
    const audience = { ...facts().audience, policies: [policy('p1', { services: ['Other'] })] }
    const { trace } = decide(fired(alert('a')), facts({ audience }))
    assert.deepEqual(trace, [
      { stage: 'route', policy: 'p1', verdict: 'drop', reason: 'other-services' },
    ])
  })
})
