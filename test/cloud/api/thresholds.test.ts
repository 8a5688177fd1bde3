import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { START } from './console.ts'
import { alertRow } from './rows.ts'
import { startTriedConsole, type TriedConsole } from './tried-world.ts'

const RULE = 'FailureRatio'
const MINUTE = 60_000

describe('the API of thresholds', () => {
  let site: TriedConsole
  let cookie: string
  let ours: string
  before(async () => {
    site = await startTriedConsole()
    cookie = await site.login()
    ours = (await site.store.createEnvironment({ name: 'a', framework: 'TARSFramework' }, START)).id
  })
  after(() => site.close())
  afterEach(() => call('PUT', '/thresholds', []))

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}${path}`, { cookie, body })
  const set = (body: object) => call('POST', '/thresholds', { rule: RULE, ...body })

  it('lists the rules that read one, with their default and unit', async () => {
    const { rules, servers } = (await call('GET', '/thresholds/rules')).body
    assert.deepEqual(servers, ['App.Pay', 'Other.Shop'])
    const [rule] = rules
    assert.deepEqual([rules.length, rule.name, rule.title], [1, RULE, '调用失败率高'])
    assert.equal(rule.titleEn, 'failure ratio')
    assert.deepEqual([rule.unit, rule.otherwise, rule.severity], ['ratio', 0.2, 'ERROR'])
    assert.deepEqual([rule.effective, rule.interfaces], [{ value: 0.2 }, []])
    assert.equal(rule.when, '失败的调用达到五分之一。')
    assert.equal(rule.whenEn, 'One call of five fails.')
  })

  it('tells what is not learned yet', async () => {
    const learning = async () => (await call('GET', '/thresholds/rules')).body.learning
    assert.deepEqual(await learning(), ['day', 'week'])
    site.learned.delete('recent')
    const before = await learning()
    site.learned.add('recent')
    assert.deepEqual(before, ['recent', 'day', 'week'])
  })

  it('tells of a server which holds for it and its interfaces, and from where', async () => {
    await set({ level: 'global', value: 0.5 })
    await set({ level: 'app', app: 'App', value: 0.4 })
    await set({ level: 'interface', server: 'App.Pay', interface: 'pay', value: 0.1 })
    const effective = async (server: string) => {
      const { rules } = (await call('GET', `/thresholds/rules?server=${server}`)).body
      return [rules[0].effective, ...rules[0].interfaces]
    }
    assert.deepEqual(await effective('App.Pay'), [
      { value: 0.4, level: 'app' },
      { interface: 'load', value: 0.4, level: 'app' },
      { interface: 'pay', value: 0.1, level: 'interface' },
    ])
    assert.deepEqual(await effective('Other.Shop'), [
      { value: 0.5, level: 'global' },
      { interface: 'buy', value: 0.5, level: 'global' },
    ])
  })

  it('sets one at a time, however many people do so at once, and takes it away', async () => {
    const servers = Array.from({ length: 10 }, (_, at) => `App.S${at}`)
    await Promise.all(servers.map((server) => set({ level: 'server', server, value: 0.3 })))
    const { thresholds } = (await call('GET', '/thresholds')).body
    assert.equal(thresholds.length, 10)
    const left = await set({ level: 'server', server: 'App.S3', value: null })
    assert.equal(left.body.thresholds.length, 9)
    const again = await set({ level: 'server', server: 'App.S4', value: 0.6 })
    const values = again.body.thresholds.map(({ value }: { value: number }) => value)
    assert.deepEqual(values.toSorted(), [...Array(8).fill(0.3), 0.6])
  })

  it('refuses names of rules that read none, for they would do nothing', async () => {
    const unread = (value: number | null) => set({ level: 'global', rule: 'FailureRatoi', value })
    const expected = `one of ${RULE}`
    const one = await unread(0.3)
    assert.deepEqual([one.status, one.body.error.fields], [400, [{ field: 'rule', expected }]])
    const all = ['Quiet', RULE, 'x'].map((rule) => ({ level: 'global', rule, value: 1 }))
    const several = await call('PUT', '/thresholds', all)
    assert.equal(several.status, 400)
    assert.deepEqual(several.body.error.fields, [
      { field: '0/rule', expected },
      { field: '2/rule', expected },
    ])
    assert.deepEqual((await call('GET', '/thresholds')).body.thresholds, [])
    assert.equal((await unread(null)).status, 200)
  })

  it('names that are stored may stay and be changed: their rules may come back', async () => {
    const gone = { level: 'global', rule: 'Gone', value: 2 } as const
    await site.thresholds.saveThresholds(ours, [gone])
    const more = [gone, { level: 'app', app: 'App', rule: 'Gone', value: 3 }]
    assert.equal((await call('PUT', '/thresholds', more)).status, 200)
    assert.equal((await set({ ...gone, value: 4 })).body.thresholds.length, 2)
    const refused = await set({ level: 'global', rule: 'Other', value: 4 })
    assert.equal(refused.body.error.fields[0].expected, `one of ${RULE}, Gone`)
  })

  it('tells twenty names, and twenty faults, at most', async () => {
    const named = (rule: string) => ({ level: 'global', rule, value: 1 }) as const
    const names = Array.from({ length: 30 }, (_, at) => `R${at}`)
    await site.thresholds.saveThresholds(ours, names.map(named))
    const { error } = (
      await call(
        'PUT',
        '/thresholds',
        names.map((name) => named(`x${name}`)),
      )
    ).body
    assert.equal(error.fields.length, 20)
    assert.match(error.fields[0].expected, /^one of FailureRatio, R0, .*, R18 and 11 more$/)
  })

  it('refuses what is no threshold, and more than there may be', async () => {
    const wrong = await set({ level: 'server', value: 1 })
    assert.deepEqual([wrong.status, wrong.body.error.fields[0].field], [400, 'server'])
    for (const value of ['much', 0, -0.1]) {
      assert.equal((await set({ level: 'global', value })).status, 400)
    }
    const many = Array.from({ length: 2000 }, (_, at) => {
      return { level: 'server', server: `A.S${at}`, rule: RULE, value: 1 }
    })
    await call('PUT', '/thresholds', many)
    const more = await set({ level: 'global', value: 1 })
    assert.deepEqual([more.status, more.body.error.reason], [409, 'limit-reached'])
  })

  it('refuses a ratio above 100 %, which would turn an alarm off; what is stored may stay', async () => {
    const words = /^more than 0 and at most 100 %; .* muted$/
    const one = await set({ level: 'global', value: 10 })
    assert.deepEqual([one.status, one.body.error.fields[0].field], [400, 'value'])
    assert.match(one.body.error.fields[0].expected, words)
    assert.equal((await set({ level: 'global', value: 1 })).status, 200)

    const old = { level: 'app', app: 'Old', rule: RULE, value: 3 } as const
    await site.thresholds.saveThresholds(ours, [old])
    const list = (value: number) => [old, { level: 'app', app: 'New', rule: RULE, value }]
    const several = await call('PUT', '/thresholds', list(1.01))
    assert.deepEqual([several.status, several.body.error.fields.length], [400, 1])
    assert.equal(several.body.error.fields[0].field, '1/value')
    assert.equal((await call('PUT', '/thresholds', list(0.5))).status, 200)
    assert.equal((await set({ ...old, value: 4 })).status, 400)
    assert.equal((await set({ ...old, value: null })).status, 200)
  })

  it('proposes no ratio above 100 %', async () => {
    const labels = { alertname: RULE, callee: 'App.Pay', interface: 'pay' }
    const all = { id: 'all-failed', labels, value: 0.99, state: 'firing' } as const
    site.store.alertRows.push(alertRow(ours, START - MINUTE, all))
    const { threshold } = (await call('GET', '/alarms/all-failed/threshold')).body
    assert.deepEqual([threshold.outcome, threshold.reached], ['none', 0.99])
  })

  it('takes as many as there may be, with long names, each environment its own', async () => {
    const { id } = await site.store.createEnvironment(
      { name: 'b', framework: 'TARSFramework' },
      START,
    )
    const name = 'x'.repeat(100)
    const many = Array.from({ length: 2000 }, (_, at) => {
      const place = { level: 'interface', server: `App.${name}`, interface: `${name}${at}` }
      return { ...place, rule: RULE, value: (at + 1) / 2000 }
    })
    assert.equal((await call('PUT', '/thresholds', many)).status, 200)
    assert.equal((await call('GET', '/thresholds')).body.thresholds.length, 2000)
    const theirs = await site.call('GET', `/api/v1/environments/${id}/thresholds`, { cookie })
    assert.deepEqual(theirs.body.thresholds, [])
    const more = [...many, { level: 'global', rule: RULE, value: 1 }]
    assert.equal((await call('PUT', '/thresholds', more)).status, 400)
  })

  it('proposes of an alarm what would have kept it quiet, from its history', async () => {
    const alert = alertRow(ours, START - 119 * MINUTE, {
      labels: { alertname: RULE, severity: 'ERROR', callee: 'App.Pay', interface: 'pay' },
      ...{ value: 0.21, state: 'resolved', resolvedAt: START - 100 * MINUTE },
    })
    site.store.alertRows.push(alert)
    const { threshold, own, file } = (await call('GET', `/alarms/${alert.id}/threshold`)).body
    assert.deepEqual([own, file], [undefined, 'a.yaml'])
    assert.deepEqual([threshold.server, threshold.interface], ['App.Pay', 'pay'])
    assert.deepEqual(threshold.effective, { value: 0.2 })
    assert.deepEqual([threshold.reached, threshold.proposed], [0.35, 0.39])

    const place = { level: 'interface', server: 'App.Pay', interface: 'pay', rule: RULE }
    await call('POST', '/thresholds', { ...place, value: threshold.proposed })
    const { threshold: after } = (await call('GET', `/alarms/${alert.id}/threshold`)).body
    assert.deepEqual(after.effective, { value: 0.39, level: 'interface' })
    assert.deepEqual([after.isAbove, after.reached, after.proposed], [true, 0.35, undefined])
    await call('POST', '/thresholds', { ...place, value: null })
  })

  it('of an alarm whose rule reads no threshold says which file the rule is of', async () => {
    const told = async (rule: string) => {
      const alert = alertRow(ours, START - 5 * MINUTE, { id: `of-${rule}`, rule })
      site.store.alertRows.push(alert)
      const { serverTimeMs: _, ...body } = (await call('GET', `/alarms/${alert.id}/threshold`)).body
      return body
    }
    assert.deepEqual([await told('Quiet'), await told('Gone')], [{ file: 'a.yaml' }, {}])
    assert.equal((await call('GET', '/alarms/none/threshold')).status, 404)
  })
})
