import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Policy } from '../../../../src/cloud/notify/policy.ts'
import { dataFolder } from '../../store/data-folder.ts'
import { contact } from '../support/nouns.ts'
import { step, World } from './world.ts'

async function world(test: TestContext, of: Partial<Policy> = {}): Promise<World> {
  const made = await World.make(dataFolder(test), of)
  test.after(() => made.close())
  return made
}

describe('what people do about an alarm decides what is told of it', () => {
  it('acknowledged: what is held back of it is not told, that it is over is', async (t) => {
    const here = await world(t)
    const [a, b] = [here.alert('a'), here.alert('b')]
    await here.news('fired', a)
    await here.until(2)
    await here.news('fired', b)
    await here.act('b', 'acknowledge')
    await here.until(20)
    await here.news('resolved', a)
    await here.news('resolved', b)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '20 zhang: resolved a'])
    assert.deepEqual(await here.reasons('b', 'acts', 'resolved'), ['acknowledged', 'never-told'])
  })

  it('acknowledged: of what else is held back with it the rest is told', async (t) => {
    const here = await world(t)
    for (const id of ['a', 'b', 'c', 'd']) await here.news('fired', here.alert(id))
    await here.act('c', 'acknowledge')
    await here.until(15)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '10 zhang: fired d + b'])
  })

  it('acknowledged before anybody was told: nobody is, until it is over', async (t) => {
    const here = await world(t)
    const a = here.alert('a')
    await here.act('a', 'acknowledge')
    await here.news('fired', a)
    await here.news('resolved', a)
    assert.deepEqual(await here.told(), [])
    assert.deepEqual(await here.reasons('a', 'acts'), ['acknowledged'])
  })

  it('snoozed: told again when that ends and it still fires, to all whom its policies name', async (t) => {
    const here = await world(t, { contacts: ['zhang', 'li'] })
    const a = here.alert('a')
    await here.news('fired', a)
    await here.until(1)
    await here.act('a', 'snooze', 30)
    await here.until(60)
    await here.news('resolved', a)
    assert.deepEqual(await here.told(), [
      ...['0 li: fired a', '0 zhang: fired a'],
      ...['31 li: fired a (snooze-over)', '31 zhang: fired a (snooze-over)'],
      ...['60 li: resolved a', '60 zhang: resolved a'],
    ])
  })

  it('snoozed: over meanwhile, nothing is told at its end; that it is over is told at once', async (t) => {
    const here = await world(t)
    const a = here.alert('a')
    await here.news('fired', a)
    await here.act('a', 'snooze', 30)
    await here.until(10)
    await here.news('resolved', a)
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '10 zhang: resolved a'])
    assert.equal(await here.store.reminders.firstReminderDue(), undefined)
  })

  it('snoozed while it is held back: told once at the end, not beside itself, nor again by the digest', async (t) => {
    const here = await world(t)
    await here.news('fired', here.alert('a'))
    await here.news('fired', here.alert('b'))
    await here.act('b', 'snooze', 3)
    await here.until(30)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '3 zhang: fired b (snooze-over)'])
  })

  it('snoozed, then acknowledged: the newest act counts', async (t) => {
    const here = await world(t)
    await here.news('fired', here.alert('a'))
    await here.act('a', 'snooze', 30)
    await here.act('a', 'acknowledge')
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a'])
  })

  it('snoozed and muted: told at the end of the mute', async (t) => {
    const here = await world(t)
    await here.news('fired', here.alert('a'))
    await here.act('a', 'snooze', 30)
    await here.mute(45)
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '45 zhang: fired a (snooze-over)'])
    assert.deepEqual(await here.reasons('a', 'mute'), ['muted'])
  })

  it('closed: not even that it is over is told, and the next run is told as ever', async (t) => {
    const here = await world(t)
    const a = here.alert('a')
    await here.news('fired', a)
    await here.act('a', 'close')
    await here.until(12)
    await here.news('resolved', a)
    await here.news('fired', here.alert('a2'))
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '12 zhang: fired a2'])
    assert.deepEqual(await here.reasons('a', 'acts'), ['closed'])
  })

  it('each of them ends an escalation', async (t) => {
    for (const kind of ['acknowledge', 'snooze', 'close'] as const) {
      const here = await world(t, { escalation: [step(15, 'li')] })
      await here.news('fired', here.alert('a'))
      await here.act('a', kind, 120)
      await here.until(60)
      assert.deepEqual(await here.told(), ['0 zhang: fired a'], kind)
    }
  })
})

describe('what people did and take back again is as if it had not been, from then on', () => {
  it('who was told is not told again, and that it is over is told', async (t) => {
    for (const kind of ['acknowledge', 'snooze', 'close'] as const) {
      const here = await world(t)
      const a = here.alert('a')
      await here.news('fired', a)
      await here.until(5)
      await here.act('a', kind, 120)
      await here.until(30)
      await here.act('a', 'undo')
      await here.until(180)
      await here.news('resolved', a)
      assert.deepEqual(await here.told(), ['0 zhang: fired a', '180 zhang: resolved a'], kind)
      assert.deepEqual(await here.reasons('a', 'route'), ['covered', 'told-before'], kind)
      const [, undone] = (await here.store.traces.trace(here.environment, 'a', 9)).map(
        (one) => one.kind,
      )
      assert.equal(undone, 'undo')
    }
  })

  it('who was told is not told again for somebody whom nothing reaches', async (t) => {
    const here = await world(t, { contacts: ['zhang', 'li'] })
    await here.store.contacts.saveContact(
      contact('li', { environment: here.environment, email: '', dingtalk: 'li' }),
    )
    await here.news('fired', here.alert('a'))
    await here.until(5)
    await here.act('a', 'acknowledge')
    await here.act('a', 'undo')
    await here.until(30)
    assert.deepEqual(await here.told(), ['0 zhang: fired a'])
  })

  it('what nobody was told of meanwhile is told now, once', async (t) => {
    const here = await world(t)
    await here.act('a', 'acknowledge')
    await here.news('fired', here.alert('a'))
    await here.until(20)
    await here.act('a', 'undo')
    await here.until(60)
    assert.deepEqual(await here.told(), ['20 zhang: fired a'])
  })

  it('taken back while its news is being planned it is told all the same', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li')] })
    const { reminders } = here.store
    await here.act('a', 'acknowledge')
    const newestActs = reminders.newestActs.bind(reminders)
    t.mock.method(reminders, 'newestActs', async (alerts: readonly string[]) => {
      const known = await newestActs(alerts)
      t.mock.restoreAll()
      const undo = { kind: 'undo', at: here.clock.now(), by: 'anna', note: '' } as const
      await reminders.saveAct({ ...undo, environment: here.environment, alert: 'a' })
      return known
    })
    await here.news('fired', here.alert('a'))
    await here.until(20)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '10 li: fired a (escalation 1)'])
  })

  it('what was held back comes with the next message of its kind', async (t) => {
    const here = await world(t)
    for (const id of ['a', 'b', 'c']) await here.news('fired', here.alert(id))
    await here.act('b', 'close')
    await here.until(2)
    await here.news('fired', here.alert('d'))
    await here.until(5)
    await here.act('b', 'undo')
    await here.until(30)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '10 zhang: fired b + c + d'])
  })

  it('muted meanwhile, it is told at the end of the mute', async (t) => {
    const here = await world(t)
    await here.act('a', 'acknowledge')
    await here.news('fired', here.alert('a'))
    await here.mute(45)
    await here.act('a', 'undo')
    await here.until(60)
    assert.deepEqual(await here.told(), ['45 zhang: fired a'])
  })

  it('what escalates goes on with the time that was left, from the step that was next', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li'), step(40, 'wang')] })
    await here.news('fired', here.alert('a'))
    await here.until(25)
    await here.act('a', 'acknowledge')
    await here.until(60)
    await here.act('a', 'snooze', 120)
    await here.until(100)
    await here.act('a', 'undo')
    await here.until(300)
    assert.deepEqual(await here.told(), [
      ...['0 zhang: fired a', '10 li: fired a (escalation 1)', '115 wang: fired a (escalation 2)'],
    ])
  })

  it('taken back twice it is as after the first time', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li')] })
    await here.news('fired', here.alert('a'))
    await here.until(4)
    await here.act('a', 'acknowledge')
    await here.until(20)
    await here.act('a', 'undo')
    await here.until(23)
    await here.act('a', 'close')
    await here.until(50)
    await here.act('a', 'undo')
    await here.until(100)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '53 li: fired a (escalation 1)'])
  })

  it('steps that a snooze ended are none of it, once that is over and was told', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li')] })
    await here.news('fired', here.alert('a'))
    await here.until(1)
    await here.act('a', 'snooze', 10)
    await here.until(30)
    await here.act('a', 'acknowledge')
    await here.until(31)
    await here.act('a', 'undo')
    await here.until(100)
    assert.deepEqual(await here.told(), [
      ...['0 zhang: fired a', '11 zhang: fired a (snooze-over)'],
      '21 li: fired a (escalation 1)',
    ])
  })

  it('a snooze that a mute outlasted leaves its steps to whoever takes back what came after', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li')] })
    await here.news('fired', here.alert('a'))
    await here.until(1)
    await here.act('a', 'snooze', 10)
    await here.mute(30)
    await here.until(20)
    await here.act('a', 'acknowledge')
    await here.until(50)
    await here.act('a', 'undo')
    await here.until(100)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '59 li: fired a (escalation 1)'])
  })

  it('over meanwhile, nothing is told of it', async (t) => {
    const here = await world(t)
    const a = here.alert('a')
    await here.act('a', 'close')
    await here.news('fired', a)
    await here.act('a', 'undo')
    await here.act('a', 'close')
    await here.news('resolved', a)
    await here.act('a', 'undo')
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a'])
    assert.equal(await here.store.reminders.firstReminderDue(), undefined)
  })

  it('a route tells what still fires again, together with its group', async (t) => {
    const here = await world(t, { off: true })
    await here.route(`route: {receiver: li, group_by: [service], group_wait: 1m, group_interval: 5m,
      repeat_interval: 30m}`)
    await here.news('fired', here.alert('a'))
    await here.news('fired', here.alert('b'))
    await here.until(5)
    await here.act('a', 'acknowledge')
    await here.until(40)
    await here.act('a', 'undo')
    await here.until(70)
    assert.deepEqual(await here.told(), [
      ...['1 li: fired b + a', '31 li: fired b', '61 li: fired a + b'],
    ])
    await here.act('a', 'close')
    await here.act('b', 'close')
    await here.until(120)
    await here.act('a', 'undo')
    await here.until(155)
    assert.deepEqual((await here.told()).slice(3), ['150 li: fired a'])
  })

  it('a note ends nothing', async (t) => {
    const here = await world(t, { escalation: [step(10, 'li')] })
    await here.news('fired', here.alert('a'))
    await here.act('a', 'note')
    await here.until(60)
    assert.deepEqual(await here.told(), ['0 zhang: fired a', '10 li: fired a (escalation 1)'])
  })
})
