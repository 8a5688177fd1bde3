import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

const TREE = `route:
  receiver: 值班
  group_by: [alertname]
  routes:
    - matchers: [severity="ERROR", app="Shop"]
      receiver: 钉钉群
      repeat_interval: 1h
      mute_time_intervals: [always]
receivers:
  - name: 值班
    contacts: [张三]
time_intervals:
  - {name: always, time_intervals: [{times: [{start_time: '00:00', end_time: '24:00'}]}]}
inhibit_rules:
  - {source_matchers: [severity=ERROR], target_matchers: [severity=WARN]}
`

describe('the API of routes', () => {
  let site: Console
  let cookie: string
  let ours: string
  let others: string
  let contact: string
  let receiver: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const made = (name: string) =>
      site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)
    ours = (await made('a')).id
    others = (await made('b')).id
    const person = { name: '张三', email: 'zhang@example.com', language: 'zh', timeZone: 'UTC' }
    contact = (await call('POST', 'contacts', person)).body.contact.id
    const settings = { url: 'https://example.com/hook' }
    const robot = { kind: 'webhook', name: '钉钉群', settings }
    receiver = (await call('POST', 'receivers', robot)).body.receiver.id
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown, of = ours) =>
    site.call(method, `/api/v1/environments/${of}/${path}`, { cookie, body })
  const version = async (of = ours) => (await call('GET', 'route-tree', undefined, of)).body.version
  const save = async (text: string) => call('PUT', 'route-tree', { text, version: await version() })

  it('a tree is kept with who saved it when, and shown with what its routes inherit', async () => {
    const none = (await call('GET', 'route-tree')).body
    assert.deepEqual([none.text, none.version, none.routes], ['', 0, []])
    const { status, body } = await save(TREE)
    assert.equal(status, 200)
    assert.deepEqual(body.versions, [{ version: 1, author: 'admin', savedAtMs: START }])
    const [root, robot] = body.routes
    const times = { groupWaitMs: 30_000, groupIntervalMs: 300_000 }
    assert.deepEqual(root, {
      ...{ path: '{}', depth: 0, matchers: '', receiver: '值班', told: ['张三'], ...times },
      ...{ groupBy: ['alertname'], repeatIntervalMs: 4 * 3_600_000, continue: false },
      ...{ muteTimeIntervals: [], activeTimeIntervals: [] },
    })
    assert.deepEqual(robot, {
      ...{ path: '{}/{app="Shop",severity="ERROR"}', depth: 1, receiver: '钉钉群', ...times },
      ...{ matchers: 'app="Shop",severity="ERROR"', told: ['钉钉群'], continue: false },
      ...{ groupBy: ['alertname'], repeatIntervalMs: 3_600_000 },
      ...{ muteTimeIntervals: ['always'], activeTimeIntervals: [] },
    })
    assert.deepEqual(body.inhibitRules, ['{severity="ERROR"} > {severity="WARN"}'])
  })

  it('says where an alarm goes, by the tree that is kept or one that is typed', async () => {
    await save(TREE)
    const asked = { labels: { callee: 'Shop.Pay', severity: 'ERROR', alertname: 'x' } }
    const [found] = (await call('POST', 'route-tree/test', asked)).body.routes
    assert.deepEqual([found.receiver, found.told], ['钉钉群', ['钉钉群']])
    assert.deepEqual(found.group, [{ name: 'alertname', value: 'x' }])
    assert.ok(found.heldUntilMs > START)
    const typed = { ...asked, text: TREE.replace('app="Shop"', 'app="Other"') }
    const [other] = (await call('POST', 'route-tree/test', typed)).body.routes
    assert.deepEqual([other.path, other.told, other.heldUntilMs], ['{}', ['张三'], undefined])
  })

  it('what is wrong is told with its place, and nothing is saved', async () => {
    const { status, body } = await save('route:\n  receiver: 夜班\n  group_wait: soon\n')
    assert.equal(status, 400)
    assert.deepEqual(
      body.error.fields.map(({ field }: { field: string }) => field),
      ['text/2:13', 'text/3:15'],
    )
    assert.equal((await call('GET', 'route-tree')).body.text, TREE)
  })

  it('who did not see the newest version is refused', async () => {
    const stale = { text: TREE, version: (await version()) - 1 }
    const { status, body } = await call('PUT', 'route-tree', stale)
    assert.deepEqual([status, body.error.reason], [409, 'taken'])
  })

  it('whom the tree names stays, until the tree is removed; older versions can be read', async () => {
    await save(TREE)
    assert.equal((await call('DELETE', `contacts/${contact}`)).status, 409)
    const { body } = await call('DELETE', `receivers/${receiver}`)
    assert.match(body.error.message, /"钉钉群"/)
    const gone = (await save(' \n')).body
    assert.deepEqual([gone.text, gone.routes], ['', []])
    const old = await call('GET', `route-tree/versions/${gone.version - 1}`)
    assert.equal(old.body.text, TREE)
    assert.equal((await call('GET', 'route-tree/versions/99')).status, 404)
    assert.deepEqual((await call('POST', 'route-tree/test', { labels: {} })).body.routes, [])
  })

  it('an alertmanager.yml is reported on, and saves nothing', async () => {
    const text = readFileSync('test/fixtures/alertmanager/teams.yml', 'utf8')
    const before = await version()
    const { report, faults } = (await call('POST', 'route-tree/import', { text })).body
    assert.deepEqual(faults, [])
    assert.equal(report.contacts.length, 4)
    assert.equal(report.webhooks.length, 3)
    assert.deepEqual(report.left[0], {
      ...{ line: 3, column: 3, what: 'global.smtp_smarthost' },
      reason: 'own-mail-server',
    })
    assert.equal(await version(), before)
    // Once who is missing was added, it is a tree.
    for (const { name, email } of report.contacts) {
      await call('POST', 'contacts', { name, email, language: 'zh', timeZone: 'UTC' })
    }
    for (const { name, url } of report.webhooks) {
      await call('POST', 'receivers', { kind: 'webhook', name, settings: { url } })
    }
    assert.equal((await save(report.text)).status, 200)
    const broken = (await call('POST', 'route-tree/import', { text: 'rout: {}' })).body
    assert.equal(broken.report, null)
    assert.equal(broken.faults[0].line, 1)
  })

  it('environments are apart', async () => {
    await save(TREE)
    const there = (await call('GET', 'route-tree', undefined, others)).body
    assert.deepEqual([there.version, there.text, there.routes], [0, '', []])
    const { status, body } = await call('PUT', 'route-tree', { text: TREE, version: 0 }, others)
    assert.deepEqual([status, body.error.fields.length], [400, 2], 'names are those of others')
    assert.equal((await call('GET', 'route-tree', undefined, 'al-none')).status, 404)
    assert.equal((await site.call('GET', `/api/v1/environments/${ours}/route-tree`)).status, 401)
  })
})
