import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Policy } from '../../../../src/cloud/notify/policy.ts'
import { dataFolder } from '../../store/data-folder.ts'
import { AT } from '../support/nouns.ts'
import { MINUTE, step, World } from './world.ts'

async function world(test: TestContext, of: Partial<Policy> = {}): Promise<World> {
  const made = await World.make(dataFolder(test), of)
  test.after(() => made.close())
  return made
}

const two = [step(15, 'li'), step(45, 'wang')]

async function send(here: World): Promise<void> {
  const shares = (await here.store.outbox.lanes()).map(({ lane }) => ({ lane, limit: 9 }))
  const claim = { now: here.clock.now(), leaseMs: 1, shares }
  const results = (await here.store.outbox.claim(claim)).map(({ id }) => ({
    id,
    outcome: { state: 'sent' as const, at: here.clock.now(), answer: '250' },
  }))
  await here.store.outbox.finish(results)
}

describe('an alarm of which nobody takes notice', () => {
  it('is told step by step, and that it is over to all who were told', async (t) => {
    const here = await world(t, { escalation: two })
    const a = here.alert('a')
    await here.news('fired', a)
    await here.until(120)
    await here.news('resolved', a)
    assert.deepEqual(await here.told(), [
      '0 zhang: fired a',
      '15 li: fired a (escalation 1)',
      '45 wang: fired a (escalation 2)',
      ...['120 li: resolved a', '120 wang: resolved a', '120 zhang: resolved a'],
    ])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['not-acknowledged', 'not-acknowledged'])
    assert.equal(await here.store.reminders.firstReminderDue(), undefined)
  })

  it('goes no further once it is acknowledged', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    await here.until(20)
    await here.act('a', 'acknowledge')
    await here.until(120)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '15 li: fired a (escalation 1)'])
  })

  it('is not told to others when it is over', async (t) => {
    const here = await world(t, { escalation: two })
    const a = here.alert('a')
    await here.news('fired', a)
    await here.until(14)
    await here.news('resolved', a)
    await here.until(120)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '14 zhang: resolved a'])
  })

  it('whose message could be sent needs no step that is for those that could not', async (t) => {
    const here = await world(t, {
      escalation: [step(5, 'li', { unless: 'delivered' }), step(45, 'wang')],
    })
    await here.news('fired', here.alert('a'))
    await send(here)
    await here.until(120)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '45 wang: fired a (escalation 2)'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['delivered', 'not-acknowledged'])
  })

  it('whose message could not be sent needs it', async (t) => {
    const here = await world(t, { escalation: [step(5, 'li', { unless: 'delivered' })] })
    await here.news('fired', here.alert('a'))
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '5 li: fired a (escalation 1)'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['not-delivered'])
  })

  it('of which nobody can be told at all escalates, too', async (t) => {
    const here = await world(t, {
      contacts: ['gone'],
      escalation: [step(5, 'li', { unless: 'delivered' })],
    })
    await here.news('fired', here.alert('a'))
    await here.until(60)
    assert.deepEqual(await here.told(), ['5 li: fired a (escalation 1)'])
  })

  it('with others of its kind makes one message', async (t) => {
    const here = await world(t, { mode: 'digest', escalation: [step(15, 'li')] })
    for (const id of ['a', 'b', 'c']) {
      await here.news('fired', here.alert(id))
      await here.until(Number(id === 'a') + 1)
    }
    await here.act('b', 'acknowledge')
    const told = async () => (await here.told()).filter((one) => one.includes('li:'))
    await here.until(60)
    assert.deepEqual(await told(), ['25 li: fired c + a (escalation 1)'])
  })

  it('with others of any kind makes one message, the worst of them first', async (t) => {
    const here = await world(t, { escalation: [step(15, 'li')] })
    const kinds = { a: 'ERROR', b: 'WARN', c: 'ERROR', d: 'INFO' } as const
    for (const [id, severity] of Object.entries(kinds)) {
      await here.news('fired', here.alert(id, { severity, labels: { callee: `Shop.${id}` } }))
    }
    await here.act('c', 'acknowledge')
    await here.until(60)
    const told = (await here.told()).filter((one) => one.includes('li:'))
    assert.deepEqual(told, ['15 li: fired a + d + b (escalation 1)'])
    assert.deepEqual(await here.reasons('c', 'escalate'), [])
    assert.deepEqual(await here.reasons('d', 'escalate', 'address'), [
      ...['addressed', 'not-acknowledged', 'addressed'],
    ])
  })

  it('outside the hours of its policy waits beside others that may be told', async (t) => {
    const times = [{ days: ['workday' as const], from: '10:00', to: '10:10' }]
    const hours = { timeZone: 'Asia/Shanghai', times, outside: 'errors', holidays: 'tell' } as const
    const here = await world(t, { escalation: [step(15, 'li')], hours })
    await here.news('fired', here.alert('a', { severity: 'WARN' }))
    await here.news('fired', here.alert('b'))
    await here.until(60)
    const told = (await here.told()).filter((one) => one.includes('li:'))
    assert.deepEqual(told, ['15 li: fired b (escalation 1)'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['outside-hours'])
    assert.deepEqual(await here.reasons('b', 'escalate'), ['not-acknowledged'])
  })

  it('is not told outside the hours of its policy, but when they begin', async (t) => {
    const days = ['workday' as const]
    // 10:05:06 on a Wednesday in Shanghai.
    const times = [
      { days, from: '10:00', to: '10:10' },
      { days, from: '11:00', to: '11:10' },
    ]
    const zoned = { timeZone: 'Asia/Shanghai', times, outside: 'hold', holidays: 'tell' } as const
    const here = await world(t, { escalation: [step(15, 'li')], hours: zoned })
    await here.news('fired', here.alert('a'))
    await here.until(90)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '55 li: fired a (escalation 1)'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['outside-hours', 'not-acknowledged'])
  })

  it('is not told while it is muted, but at the end of that', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    await here.mute(30)
    await here.until(120)
    assert.deepEqual(await here.told(), [
      '0 zhang: fired a',
      '30 li: fired a (escalation 1)',
      '60 wang: fired a (escalation 2)',
    ])
  })

  it('is told soon when what it waits for is gone: the mute, or the hours', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    await here.mute(1_000)
    await here.until(50)
    await here.store.mutes.removeMute(here.environment, 'm')
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '55 li: fired a (escalation 1)'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['muted', 'not-acknowledged'])
  })

  it('of a policy that was changed meanwhile is told as that says now', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    const [policy] = await here.store.policies.policies(here.environment)
    if (policy) await here.store.policies.savePolicy({ ...policy, escalation: [step(15, 'wang')] })
    await here.until(120)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '15 wang: fired a (escalation 1)'])
  })

  it('of a policy that is gone is told to nobody else', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    await here.store.policies.removePolicy(here.environment, 'p')
    await here.until(120)
    assert.deepEqual(await here.told(), ['0 zhang: fired a'])
    assert.deepEqual(await here.reasons('a', 'escalate'), ['policy-gone'])
  })

  it('acknowledged while its step was planned is not told', async (t) => {
    const here = await world(t, { escalation: two })
    await here.news('fired', here.alert('a'))
    const [reminder] = await here.store.reminders.dueReminders(AT + 15 * MINUTE, 9)
    assert.ok(reminder)
    await here.act('a', 'acknowledge')
    await here.store.plans.savePlans([
      {
        reminded: [reminder],
        deliveries: [],
        convergences: [],
        reminders: [{ ...reminder, step: 1 }],
      },
    ])
    assert.equal(await here.store.reminders.firstReminderDue(), undefined)
  })
})
