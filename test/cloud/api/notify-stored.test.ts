/** Policies, receivers, mutes and traces by API, over the embedded store, with the notifier that tells a real webhook. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { dataFolder } from '../store/data-folder.ts'
import { START } from './console.ts'
import { alertRow } from './rows.ts'
import { startToldConsole, type ToldConsole } from './told-console.ts'

const HOUR_MS = 3_600_000

describe('who is told what, from the console to a webhook', () => {
  const folder = dataFolder({ after })
  let site: ToldConsole
  let numbers = 0

  before(async () => {
    site = await startToldConsole(folder)
  })
  after(() => site.close())

  /** One of a rule of its own. */
  const alarm = () => {
    const rule = `Rule${++numbers}`
    return alertRow(site.ours, START + numbers, { rule, labels: { callee: 'DemoApp.PayServer' } })
  }

  const reasons = async (id: string) => {
    const { trace, waiting } = (await site.call('GET', `alarms/${id}/trace`)).body
    type Line = { reason: string }
    return {
      said: trace.flatMap(({ lines }: { lines: Line[] }) => lines).map((l: Line) => l.reason),
      waiting,
    }
  }

  it('a receiver that a policy names is told, and that it is over', async () => {
    const settings = { url: site.url }
    const made = await site.call('POST', 'receivers', { kind: 'webhook', name: '群', settings })
    const { receiver } = made.body
    const test = (await site.call('POST', `receivers/${receiver.id}/test`)).body.test
    assert.equal(test.taken, true)
    const policy = { name: '支付', services: ['DemoApp.Pay*'], receivers: [receiver.id] }
    assert.equal((await site.call('POST', 'policies', policy)).status, 201)
    site.told.length = 0
    const one = alarm()
    await site.news('fired', one)
    await site.news('resolved', one)
    assert.deepEqual(site.told, [`firing ${one.rule}`, `resolved ${one.rule}`])
    const { said } = await reasons(one.id)
    assert.deepEqual(said.slice(-3), ['covered', 'first-of-kind', 'addressed'])
    const { deliveries } = (await site.call('GET', `alarms/${one.id}`)).body
    assert.deepEqual(
      deliveries.map(({ channel, state }: { channel: string; state: string }) => [channel, state]),
      [
        ['webhook', 'sent'],
        ['webhook', 'sent'],
      ],
    )
  })

  it('what is muted waits, is counted, says so, and is told when the mute is removed', async () => {
    const now = site.clock.now()
    const matchers = [{ name: 'app', value: 'DemoApp' }]
    const body = { matchers, fromMs: now, toMs: now + HOUR_MS, reason: '升级' }
    const { mute } = (await site.call('POST', 'mutes', body)).body
    site.told.length = 0
    const [goesOn, over] = [alarm(), alarm()]
    await site.news('fired', goesOn)
    await site.news('fired', over)
    await site.news('resolved', over)
    assert.deepEqual(site.told, [])
    const { said, waiting } = await reasons(goesOn.id)
    assert.deepEqual(said, ['muted'])
    assert.deepEqual(waiting, [
      { atMs: now, untilMs: now + HOUR_MS, mute: { id: mute.id, name: '升级' } },
    ])
    assert.deepEqual((await reasons(over.id)).said.toSorted(), [
      'muted',
      'never-told',
      'over-while-muted',
    ])
    assert.equal((await site.call('GET', 'mutes')).body.mutes[0].muted, 2)
    assert.equal((await site.call('DELETE', `mutes/${mute.id}`)).status, 200)
    await site.notifier.idle()
    assert.deepEqual(site.told, [`firing ${goesOn.rule}`])
  })

  it('and when it ends by itself', async () => {
    const now = site.clock.now()
    const matchers = [{ name: 'severity', value: 'ERROR' }]
    const body = { matchers, fromMs: now, toMs: now + HOUR_MS, reason: '升级' }
    await site.call('POST', 'mutes', body)
    site.told.length = 0
    const one = alarm()
    await site.news('fired', one)
    await site.later(HOUR_MS - 1)
    assert.deepEqual(site.told, [])
    await site.later(1)
    assert.deepEqual(site.told, [`firing ${one.rule}`])
  })

  it('a receiver whose address refuses waits, one that was changed is tried again at once', async () => {
    const [receiver] = (await site.call('GET', 'receivers')).body.receivers
    const { id, ...body } = receiver
    const settings = { url: 'http://127.0.0.1:9/none' }
    await site.call('PUT', `receivers/${id}`, { ...body, settings })
    site.told.length = 0
    const one = alarm()
    await site.news('fired', one)
    const right = { url: site.url }
    await site.call('PUT', `receivers/${id}`, { ...body, settings: right })
    await site.notifier.idle()
    assert.deepEqual(site.told, [`firing ${one.rule}`])
  })

  describe('with ids of another environment', () => {
    const hourLater = { fromMs: START, toMs: START + HOUR_MS }
    const bodies = {
      contacts: { name: '李四', email: 'li@example.com' },
      receivers: { kind: 'webhook', name: '群', settings: { url: 'https://example.com/x' } },
      'contact-groups': { name: '组', contacts: [] },
      rotas: { name: '值班', members: ['contacts'], startsOn: '2026-03-02' },
      policies: { name: '支付', services: ['*'], contacts: ['contacts'] },
      mutes: { matchers: [{ name: 'app', value: 'X' }], ...hourLater, reason: '升级' },
      summaries: { every: 'day', contacts: ['contacts'] },
    }
    /** By the path of their list. */
    const ids: Record<string, string> = {}
    let theirs: string

    const named = (body: object) => {
      const text = JSON.stringify(body).replaceAll('["contacts"]', `["${ids.contacts}"]`)
      return JSON.parse(text)
    }
    const all = async () =>
      Promise.all(
        Object.keys(bodies).map(async (list) => {
          const { body } = await site.call('GET', list, undefined, theirs)
          return { ...body, serverTimeMs: 0 }
        }),
      )

    before(async () => {
      const wanted = { name: '测试', framework: 'TARSFramework' } as const
      theirs = (await site.store.environments.createEnvironment(wanted, START)).id
      for (const [list, body] of Object.entries(bodies)) {
        const made = await site.call('POST', list, named(body), theirs)
        assert.equal(made.status, 201, JSON.stringify(made.body))
        const [shown] = Object.values(made.body) as { id: string }[]
        ids[list] = shown?.id ?? ''
      }
    })

    it('nothing is changed, removed or shown', async () => {
      const was = await all()
      for (const [list, body] of Object.entries(bodies)) {
        const path = `${list}/${ids[list]}`
        for (const method of ['PUT', 'DELETE']) {
          const of =
            method === 'PUT' ? named({ ...body, contacts: [], members: ['nobody'] }) : undefined
          const { status } = await site.call(method, path, of)
          assert.ok(status === 404 || status === 400, `${method} ${path}: ${status}`)
        }
      }
      assert.equal((await site.call('POST', `receivers/${ids.receivers}/test`)).status, 404)
      assert.equal((await site.call('POST', `contacts/${ids.contacts}/verify`)).status, 404)
      const day = { ...hourLater, contact: ids.contacts, reason: '假' }
      assert.equal((await site.call('POST', `rotas/${ids.rotas}/overrides`, day)).status, 404)
      assert.deepEqual(await all(), was)
    })

    it('nobody of it is named', async () => {
      const { contacts, receivers } = ids
      const cases: [string, object][] = [
        ['policies', { ...bodies.policies, contacts: [contacts] }],
        ['policies', { ...bodies.policies, contacts: [], receivers: [receivers] }],
        ['policies', { ...bodies.policies, contacts: [], groups: [ids['contact-groups']] }],
        ['policies', { ...bodies.policies, contacts: [], rotas: [ids.rotas] }],
        [
          'policies',
          {
            ...{ ...bodies.policies, contacts: [] },
            escalation: [{ afterMinutes: 5, contacts: [contacts] }],
          },
        ],
        ['contact-groups', { ...bodies['contact-groups'], contacts: [contacts] }],
        ['rotas', { ...bodies.rotas, members: [contacts] }],
        ['summaries', { ...bodies.summaries, contacts: [contacts] }],
        ['summaries', { ...bodies.summaries, contacts: [], groups: [ids['contact-groups']] }],
      ]
      for (const [list, body] of cases) {
        const { status } = await site.call('POST', list, body)
        assert.equal(status, 400, JSON.stringify(body))
      }
      const text = 'route: {receiver: 李四}'
      const routes = await site.call('PUT', 'route-tree', { text, version: 0 })
      assert.equal(routes.status, 400)
    })

    it('no alarm is shown, nor acted on', async () => {
      const alert = alertRow(theirs, START, { rule: 'Theirs' })
      const progress = { environment: theirs, group: 'g', evaluatedAt: START }
      await site.store.alerts.saveEvaluation({
        progress,
        alerts: [alert],
        dropped: [],
        changes: [],
      })
      const path = `alarms/${alert.id}`
      for (const page of [path, `${path}/acts`, `${path}/trace`]) {
        assert.equal((await site.call('GET', page)).status, 404, page)
      }
      const act = await site.call('POST', `${path}/acts`, { kind: 'acknowledge' })
      assert.equal(act.status, 404)
      assert.deepEqual(await site.store.reminders.acts(theirs, alert.id), [])
    })
  })
})
