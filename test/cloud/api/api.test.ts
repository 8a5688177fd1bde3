import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Call, type Console, START, startConsole } from './console.ts'
import { agentRow, alertRow, deliveryRow } from './rows.ts'

describe('the console API', () => {
  let site: Console
  let cookie: string
  /** An environment of ours, and another that must not shine through. */
  let ours: string
  let other: string

  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    ours = await create('ours')
    other = await create('other')
  })
  after(() => site.close())

  const call = (method: string, path: string, options: Call = {}) =>
    site.call(method, `/api/v1${path}`, { cookie, ...options })

  async function create(name: string): Promise<string> {
    const body = { name, framework: 'TARSFramework' }
    return (await call('POST', '/environments', { body })).body.environment.id
  }

  async function addContact(environment: string, email: string): Promise<string> {
    const body = { name: '王', email }
    return (await call('POST', `/environments/${environment}/contacts`, { body })).body.contact.id
  }

  describe('refuses who is not logged in or comes from another site', () => {
    const places = [
      ['GET', '/environments'],
      ['POST', '/environments'],
      ['GET', '/environments/al-1'],
      ['POST', '/environments/al-1/rotate-key'],
      ['DELETE', '/environments/al-1'],
      ['GET', '/environments/al-1/agents'],
      ['GET', '/environments/al-1/agents/a'],
      ['GET', '/environments/al-1/reporters'],
      ['GET', '/environments/al-1/contacts'],
      ['POST', '/environments/al-1/contacts'],
      ['PUT', '/environments/al-1/contacts/c'],
      ['DELETE', '/environments/al-1/contacts/c'],
      ['POST', '/environments/al-1/contacts/c/verify'],
      ['GET', '/environments/al-1/rotas'],
      ['POST', '/environments/al-1/rotas/r/overrides'],
      ['GET', '/environments/al-1/alarms'],
      ['GET', '/environments/al-1/alarms/a'],
      ['GET', '/session'],
    ] as const
    for (const [method, path] of places) {
      it(`${method} ${path} without a session: 401`, async () => {
        for (const bad of [undefined, 'tars_alarm_session=guess']) {
          const { status, body } = await call(method, path, { cookie: bad })
          assert.equal(status, 401)
          assert.equal(body.error.reason, 'no-session')
          assert.equal(body.serverTimeMs, START)
        }
      })
    }
    for (const [method, path] of [...places, ['POST', '/login'], ['POST', '/logout']] as const) {
      if (method === 'GET') continue
      it(`${method} ${path} without the header of our pages: 403`, async () => {
        const headers = { 'x-requested-with': 'XMLHttpRequest' }
        const { status, body } = await call(method, path, { headers })
        assert.equal(status, 403)
        assert.equal(body.error.reason, 'foreign-request')
      })
    }
  })

  describe('says which field is wrong and what was expected', () => {
    const good = { name: 'n', framework: 'TARSFramework' }
    const person = { name: 'n', email: 'n@example.com' }
    const cases: [name: string, path: string, body: unknown, field: string, expected: RegExp][] = [
      ['no name', '', { ...good, name: undefined }, 'name', /1 to 64 characters/],
      ['a blank name', '', { ...good, name: '  ' }, 'name', /1 to 64 characters/],
      ['a long name', '', { ...good, name: 'x'.repeat(65) }, 'name', /1 to 64 characters/],
      ['a name of two lines', '', { ...good, name: 'a\nb' }, 'name', /one line/],
      ['a number as name', '', { ...good, name: 5 }, 'name', /1 to 64 characters/],
      ['another framework', '', { ...good, framework: 'Dubbo' }, 'framework', /never be changed/],
      ['a language we do not speak', '', { ...good, language: 'fr' }, 'language', /zh or en/],
      ['an unknown field', '', { ...good, quota: 5 }, 'quota', /no such field/],
      ['no object', '', [], '', /object/],
      ['no address', '/contacts', { name: 'n' }, 'email', /mail address/],
      ['half an address', '/contacts', { ...person, email: 'n@' }, 'email', /mail address/],
      ['a header in it', '/contacts', { ...person, email: 'n@e.cn\nBcc: x@e.cn' }, 'email', /mail/],
      ['no way to reach him', '/contacts', { name: 'n', email: '' }, 'email', /phone number or/],
      ['half a number', '/contacts', { ...person, phone: '1380000' }, 'phone', /13800000000/],
      ['a number for a phone', '/contacts', { ...person, phone: 13800000000 }, 'phone', /13800/],
      [
        'two numbers',
        '/contacts',
        { ...person, phone: '13800000000,13800000001' },
        'phone',
        /13800/,
      ],
      ['a name for an id', '/contacts', { ...person, dingtalk: '张三' }, 'dingtalk', /userid/],
      ['a tag for an id', '/contacts', { ...person, wecom: 'a><@all' }, 'wecom', /userid/],
      ['everybody', '/contacts', { ...person, wecom: '@all' }, 'wecom', /userid/],
      ['everybody of DingTalk', '/contacts', { ...person, dingtalk: '@ALL' }, 'dingtalk', /userid/],
      ['all of Feishu', '/contacts', { ...person, feishu: 'all' }, 'feishu', /open_id/],
      ['a long id', '/contacts', { ...person, feishu: 'o'.repeat(65) }, 'feishu', /64/],
      ['a language we lack', '/contacts', { ...person, language: 'fr' }, 'language', /zh or en/],
      ['no such zone', '/contacts', { ...person, timeZone: 'Mars/One' }, 'timeZone', /Asia/],
      ['an offset as zone', '/contacts', { ...person, timeZone: '+08:00' }, 'timeZone', /Asia/],
    ]
    for (const [name, path, body, field, expected] of cases) {
      it(name, async () => {
        const place = path === '' ? '/environments' : `/environments/${ours}${path}`
        const answer = await call('POST', place, { body })
        assert.equal(answer.status, 400)
        assert.equal(answer.body.error.reason, 'invalid')
        assert.equal(answer.body.error.fields[0].field, field)
        assert.match(answer.body.error.fields[0].expected, expected)
      })
    }

    it('all fields at once', async () => {
      const { body } = await call('POST', '/environments', { body: { name: '', framework: 1 } })
      const fields = body.error.fields.map(({ field }: { field: string }) => field)
      assert.deepEqual([...new Set(fields)], ['name', 'framework'])
    })

    const queries = ['state=open', 'limit=0', 'limit=201', 'limit=x', 'before=-1', 'page=2']
    const searches = ['level=BAD', `search=${'x'.repeat(101)}`, 'search=a+b+c+d+e+f']
    for (const query of [...queries, 'drills=true', ...searches]) {
      it(`alarms?${query}`, async () => {
        const { status, body } = await call('GET', `/environments/${ours}/alarms?${query}`)
        assert.equal(status, 400)
        assert.equal(body.error.fields[0].field, query.split('=')[0])
      })
    }

    it('broken JSON: 400; another type: 415; a large body: 413', async () => {
      assert.equal((await call('POST', '/environments', { body: '{"name":' })).status, 400)
      const headers = { 'content-type': 'text/plain' }
      assert.equal((await call('POST', '/environments', { body: '{}', headers })).status, 415)
      const body = { ...good, name: 'x'.repeat(17_000) }
      assert.equal((await call('POST', '/environments', { body })).status, 413)
    })
  })

  describe('environments', () => {
    it('a new one has an id, a key, a year and no agents', async () => {
      const body = { name: ' 生产 ', framework: 'K8SFramework' }
      const { status, body: answer } = await call('POST', '/environments', { body })
      assert.equal(status, 201)
      const { id, envKey, retention: _, ...rest } = answer.environment
      assert.match(id, /^al-\w{10}$/)
      assert.ok(envKey.length >= 32)
      assert.deepEqual(rest, {
        name: '生产',
        framework: 'K8SFramework',
        createdAtMs: START,
        expiresAtMs: START + 365 * 86_400_000,
        agents: [],
      })
    })

    it('a name is taken once, also when two ask at the same time', async () => {
      const body = { name: 'twice', framework: 'TARSFramework' }
      const answers = await Promise.all([1, 2].map(() => call('POST', '/environments', { body })))
      assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 409])
    })

    it('an agent is well until it has been silent for 30 s', async () => {
      const id = await create('agents')
      const now = site.clock.now()
      site.store.agentRows.push(agentRow(id, now - 29_999), agentRow(id, now - 30_000))
      const { body } = await call('GET', `/environments/${id}`)
      const states = body.environment.agents.map(({ state }: { state: string }) => state)
      assert.deepEqual(states, ['ok', 'silent'])
      assert.equal(body.environment.agents[0].seenAtMs, now - 29_999)
    })

    it('a rotated key replaces the old one', async () => {
      const before = (await call('GET', `/environments/${ours}`)).body.environment.envKey
      const rotated = await call('POST', `/environments/${ours}/rotate-key`)
      const after = (await call('GET', `/environments/${ours}`)).body.environment.envKey
      assert.equal(rotated.body.environment.envKey, after)
      assert.notEqual(after, before)
    })

    it('is removed only by who names it', async () => {
      const id = await create('to go')
      const remove = (query: string) => call('DELETE', `/environments/${id}${query}`)
      assert.equal((await remove('')).status, 400)
      assert.equal((await remove('?name=to')).status, 409)
      assert.equal((await remove('?name=to%20go')).status, 200)
      assert.equal((await remove('?name=to%20go')).status, 404)
    })
  })

  describe('contacts', () => {
    it('live from POST over PUT to DELETE', async () => {
      const place = `/environments/${ours}/contacts`
      const made = await call('POST', place, { body: { name: '李', email: 'li@example.com' } })
      assert.equal(made.status, 201)
      const { id, ...rest } = made.body.contact
      const defaults = { language: 'zh', timeZone: 'Asia/Shanghai' }
      assert.deepEqual(rest, { name: '李', email: 'li@example.com', ...defaults })

      const body = { name: 'Li', email: 'li@example.com', language: 'en', timeZone: 'Europe/Paris' }
      assert.equal((await call('PUT', `${place}/${id}`, { body })).status, 200)
      assert.deepEqual((await call('GET', place)).body.contacts, [{ id, ...body }])

      assert.equal((await call('DELETE', `${place}/${id}`)).status, 200)
      assert.equal((await call('DELETE', `${place}/${id}`)).status, 404)
      assert.deepEqual((await call('GET', place)).body.contacts, [])
    })

    it('may have a phone and ids of robots, or no mail address', async () => {
      const place = `/environments/${ours}/contacts`
      const typed = {
        phone: '+86 139-0000-0000',
        dingtalk: 'm1',
        wecom: 'ZhangSan',
        feishu: 'ou_1',
      }
      const made = await call('POST', place, { body: { name: 'p', ...typed } })
      assert.equal(made.status, 201)
      const { id, ...view } = made.body.contact
      const usual = { name: 'p', email: '', language: 'zh', timeZone: 'Asia/Shanghai' }
      assert.deepEqual(view, { ...usual, ...typed, phone: '13900000000' })
      const second = { name: 'q', phone: '+852 9123 4567', wecom: '' }
      const other = (await call('POST', place, { body: second })).body.contact
      assert.deepEqual(other, { ...usual, name: 'q', id: other.id, phone: '+85291234567' })
      const bare = { name: 'p', email: 'p@example.com' }
      const changed = (await call('PUT', `${place}/${id}`, { body: bare })).body.contact
      assert.deepEqual(changed, { ...usual, ...bare, id })
      for (const one of [id, other.id]) await call('DELETE', `${place}/${one}`)
    })

    it('no two of an environment share an address, in another it may be used', async () => {
      await addContact(ours, 'same@example.com')
      const body = { name: 'x', email: 'Same@example.com' }
      const again = await call('POST', `/environments/${ours}/contacts`, { body })
      assert.equal(again.status, 409)
      assert.equal(again.body.error.fields[0].field, 'email')
      const elsewhere = await call('POST', `/environments/${other}/contacts`, { body })
      assert.equal(elsewhere.status, 201)
    })
  })

  describe('alarms', () => {
    it('come newest first with who was told', async () => {
      const id = await create('alarms')
      const alert = alertRow(id, START)
      site.store.alertRows.push(alertRow(id, START - 1000, { value: Number.NaN }), alert)
      site.store.deliveryRows.push(
        deliveryRow(alert),
        deliveryRow(alert, { id: 'd0', state: 'failed', plannedAt: START }),
        ...['1', '2'].map((phone) =>
          deliveryRow(alert, {
            ...{ id: `sms ${phone}`, channel: 'aliyun-sms', to: 'r' },
            people: { userIds: [], mobiles: [phone] },
          }),
        ),
        deliveryRow(alert, {
          ...{ id: 'call', channel: 'aliyun-voice', to: 'v', state: 'failed' },
          people: { userIds: [], mobiles: ['2'] },
        }),
      )
      const { body } = await call('GET', `/environments/${id}/alarms`)
      assert.deepEqual(
        body.alarms.map((alarm: { id: string }) => alarm.id),
        [`alert-${START}`, `alert-${START - 1000}`],
      )
      const [first, second] = body.alarms
      assert.equal(first.service, 'DemoApp.PayServer')
      assert.equal(first.level, 'ERROR')
      const told = ['wang@example.com', '1', '2'].map((to) => ({ name: '', to, state: 'sent' }))
      // A call that failed is not hidden by an SMS that was sent.
      assert.deepEqual(first.told, [...told, { name: '', to: '2', state: 'failed' }])
      assert.equal(second.value, null)
    })

    it('that are told with another say which one that is, also when it is gone', async () => {
      const id = await create('told with')
      const alert = alertRow(id, START, { id: `${id}-folded` })
      const teller = alertRow(id, START, { id: `${id}-teller`, annotations: { title: '服务宕机' } })
      site.store.alertRows.push(alert, teller)
      const mutable = { labels: {}, rule: 'ServiceDown', severity: 'ERROR' } as const
      const told = { service: 'App.D', mutable }
      const into = async (of: string) => {
        const story = { zh: [], en: [], into: { ...told, alert: of } }
        site.store.stories.set(alert.id, story)
        return (await call('GET', `/environments/${id}/alarms/${alert.id}`)).body.story.into
      }
      const known = { service: 'App.D', title: '服务宕机', titleEn: '服务宕机' }
      assert.deepEqual(await into(teller.id), { ...known, alert: teller.id })
      const gone = { service: 'App.D', title: 'ServiceDown', titleEn: 'ServiceDown' }
      assert.deepEqual(await into('gone'), { ...gone, alert: 'gone' })
    })

    it('are filtered by one state or several', async () => {
      const id = await create('states')
      const states = ['pending', 'firing', 'resolved'] as const
      for (const [at, state] of states.entries()) {
        site.store.alertRows.push(alertRow(id, at, { id: `${id}-${state}`, state }))
      }
      const list = async (query: string) =>
        (await call('GET', `/environments/${id}/alarms?${query}`)).body.alarms.map(
          (alarm: { state: string }) => alarm.state,
        )
      assert.deepEqual(await list('state=firing'), ['firing'])
      assert.deepEqual(await list('state=pending&state=resolved'), ['resolved', 'pending'])
      const labels = { watchdog: 'drill' }
      site.store.alertRows.push(alertRow(id, 9, { id: `${id}-drill`, state: 'resolved', labels }))
      assert.deepEqual(await list('drills=only'), ['resolved'])
      assert.deepEqual(await list('drills=without&state=resolved&state=firing'), [
        ...['resolved', 'firing'],
      ])
    })

    it('are searched by the words of their service or rule, and by their level', async () => {
      const id = await create('search')
      const severities = ['ERROR', 'WARN', 'WARN'] as const
      for (const [at, severity] of severities.entries()) {
        const labels = { callee: `App.S${at}`, interface: 'pay' }
        site.store.alertRows.push(alertRow(id, at, { id: `${id}-${at}`, severity, labels }))
      }
      const list = async (query: string) =>
        (await call('GET', `/environments/${id}/alarms?${query}`)).body.alarms.map(
          (alarm: { service: string }) => alarm.service,
        )
      assert.deepEqual(await list('search=s1'), ['App.S1'])
      assert.deepEqual(await list('search=%20ratio%20%20s2%20'), ['App.S2'])
      assert.deepEqual(await list('search=%20'), ['App.S2', 'App.S1', 'App.S0'])
      assert.deepEqual(await list('level=WARN'), ['App.S2', 'App.S1'])
      assert.deepEqual(await list('level=ERROR&search=s1'), [])
    })

    it('page by page nothing is lost or told twice, also when many began together', async () => {
      const id = await create('pages')
      const instants = [9, 9, 8, 7, 7, 7, 7, 6, 5, 5]
      for (const [index, at] of instants.entries()) {
        site.store.alertRows.push(alertRow(id, at, { id: `${id}-${index}` }))
      }
      const seen: string[] = []
      let before = ''
      for (let pages = 0; pages < instants.length; pages += 1) {
        const { body } = await call('GET', `/environments/${id}/alarms?limit=2${before}`)
        seen.push(...body.alarms.map((alarm: { id: string }) => alarm.id))
        if (body.next === undefined) break
        before = `&before=${body.next}`
      }
      assert.deepEqual([...seen].sort(), instants.map((_, index) => `${id}-${index}`).sort())
    })

    it('one alarm comes with its events, newest first, and its deliveries with the answers', async () => {
      const id = await create('detail')
      const event = {
        module: 'A.B',
        level: 'error',
        kind: 'restart',
        node: '10.0.0.1',
        set: '',
        title: 't',
        text: '[alarm] down',
      } as const
      const alert = alertRow(id, START, {
        id: 'detail',
        events: [
          { ...event, at: START },
          { ...event, at: START + 1 },
        ],
      })
      site.store.alertRows.push(alert)
      const contact = await addContact(id, 'wang@example.com')
      site.store.deliveryRows.push(
        deliveryRow(alert, { contact }),
        deliveryRow(alert, {
          id: 'waits',
          state: 'waiting',
          plannedAt: START,
          dueAt: START + 5,
          answer: '451 later',
        }),
      )
      const { body } = await call('GET', `/environments/${id}/alarms/detail`)
      assert.deepEqual(
        body.events.map(({ atMs }: { atMs: number }) => atMs),
        [START + 1, START],
      )
      const [sent, waits] = body.deliveries
      assert.equal(sent.name, '王')
      assert.equal(sent.answer, '250 2.0.0 Ok: queued as 4F2A')
      assert.equal(sent.sentAtMs, START + 11_150)
      assert.equal(sent.dueAtMs, undefined)
      assert.equal(waits.dueAtMs, START + 5)
    })
  })

  describe('what belongs to another environment is not found', () => {
    let contact: string
    before(async () => {
      contact = await addContact(other, 'hidden@example.com')
      site.store.alertRows.push(alertRow(other, START, { id: 'hidden' }))
    })

    it('nor changed', async () => {
      const body = { name: 'taken over', email: 'evil@example.com' }
      const place = `/environments/${ours}/contacts/${contact}`
      assert.equal((await call('PUT', place, { body })).status, 404)
      assert.equal((await call('DELETE', place)).status, 404)
      const { contacts } = (await call('GET', `/environments/${other}/contacts`)).body
      const kept = contacts.find(({ id }: { id: string }) => id === contact)
      assert.equal(kept.email, 'hidden@example.com')
    })

    it('nor seen', async () => {
      assert.equal((await call('GET', `/environments/${ours}/alarms/hidden`)).status, 404)
      assert.equal((await call('GET', `/environments/${other}/alarms/hidden`)).status, 200)
      const lists = await Promise.all(
        ['alarms', 'contacts'].map((list) => call('GET', `/environments/${ours}/${list}`)),
      )
      assert.equal(JSON.stringify(lists.map(({ body }) => body)).includes('hidden'), false)
    })

    for (const path of ['', '/contacts', '/alarms', '/alarms/x']) {
      it(`GET /environments/al-none${path}: 404`, async () => {
        const { status, body } = await call('GET', `/environments/al-none${path}`)
        assert.equal(status, 404)
        assert.equal(body.error.reason, 'not-found')
      })
    }
  })

  it('a fault of the store answers 500 and tells nothing of it', async () => {
    const { environments } = site.store
    site.store.environments = async () => {
      throw new Error('SQLITE_CORRUPT at /var/secret')
    }
    const { status, body } = await call('GET', '/environments')
    site.store.environments = environments
    assert.equal(status, 500)
    assert.equal(body.error.reason, 'internal')
    assert.equal(JSON.stringify(body).includes('SQLITE'), false)
  })
})
