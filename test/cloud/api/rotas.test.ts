import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** It is 10:00 on Monday, 2026-03-02 in Shanghai. */
const ROTA = { name: '支付值班', members: ['a', 'b'], startsOn: '2026-03-02' }
const USUAL = { timeZone: 'Asia/Shanghai', handOverAt: '09:00', turnDays: 7 }

describe('the API of rotas', () => {
  let site: Console
  let cookie: string
  let ours: string
  let others: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const made = (name: string) =>
      site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)
    ours = (await made('a')).id
    others = (await made('b')).id
    const local = { environment: ours, language: 'zh', timeZone: 'Asia/Shanghai' } as const
    for (const id of ['a', 'b', 'c']) {
      await site.store.saveContact({ ...local, id, name: id, email: `${id}@example.com` })
    }
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown, environment = ours) =>
    site.call(method, `/api/v1/environments/${environment}/${path}`, { cookie, body })
  const made = async (more: object = {}) =>
    (await call('POST', 'rotas', { ...ROTA, ...more })).body.rota

  it('says who is on call for four weeks, by shifts and by days', async () => {
    const { status, body } = await call('POST', 'rotas', ROTA)
    const { id, shifts, days, ...rota } = body.rota
    assert.equal(status, 201)
    assert.deepEqual(rota, { ...ROTA, ...USUAL, overrides: [], gone: [] })
    const handOver = START - HOUR_MS + 7 * DAY_MS
    assert.deepEqual(shifts.slice(0, 2), [
      { fromMs: START, toMs: handOver, contact: 'a', stepsIn: false },
      { fromMs: handOver, toMs: handOver + 7 * DAY_MS, contact: 'b', stepsIn: false },
    ])
    assert.equal(days.length, 28)
    assert.deepEqual(days[0], { day: '2026-03-02', contacts: ['a'] })
    assert.deepEqual(days[7], { day: '2026-03-09', contacts: ['a', 'b'] })
    const { rotas } = (await call('GET', 'rotas')).body
    assert.deepEqual(rotas, [body.rota])
    await call('DELETE', `rotas/${id}`)
  })

  it('takes who steps in, says who entered it, and forgets it when it is over', async () => {
    const { id } = await made()
    const wanted = { contact: 'c', reason: '调休', fromMs: START, toMs: START + DAY_MS }
    const { status, body } = await call('POST', `rotas/${id}/overrides`, wanted)
    assert.equal(status, 201)
    const [override] = body.rota.overrides
    assert.deepEqual(override, { ...wanted, id: override.id, by: 'admin' })
    assert.deepEqual(body.rota.shifts[0], {
      ...{ fromMs: START, toMs: START + DAY_MS, contact: 'c', stepsIn: true },
    })
    const changed = (await call('PUT', `rotas/${id}`, { ...ROTA, turnDays: 1 })).body.rota
    assert.deepEqual([changed.turnDays, changed.overrides], [1, [override]])
    const place = `rotas/${id}/overrides/${override.id}`
    assert.deepEqual((await call('DELETE', place)).body.rota.overrides, [])
    assert.equal((await call('DELETE', place)).status, 404)
    await call('DELETE', `rotas/${id}`)
  })

  const wrong: [string, object, string][] = [
    ['no name', { name: '' }, 'name'],
    ['nobody', { members: [] }, 'members'],
    ['somebody twice', { members: ['a', 'a'] }, 'members'],
    ['somebody who is not there', { members: ['a', 'x'] }, 'members/1'],
    ['a day that is none', { startsOn: '2026-02-30' }, 'startsOn'],
    ['a time that is none', { handOverAt: '24:00' }, 'handOverAt'],
    ['a week and a day', { turnDays: 8 }, 'turnDays'],
    ['a zone that is none', { timeZone: 'Mars' }, 'timeZone'],
  ]
  for (const [name, more, field] of wrong) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await call('POST', 'rotas', { ...ROTA, ...more })
      assert.deepEqual([status, body.error.fields[0].field], [400, field])
    })
  }

  it('refuses somebody who steps in and is not there, and times that are none', async () => {
    const { id } = await made()
    const body = { contact: 'c', reason: 'r', fromMs: START, toMs: START + 1 }
    const fault = async (more: object) => {
      const answer = await call('POST', `rotas/${id}/overrides`, { ...body, ...more })
      return [answer.status, answer.body.error.fields[0].field]
    }
    assert.deepEqual(await fault({ contact: 'x' }), [400, 'contact'])
    assert.deepEqual(await fault({ toMs: START }), [400, 'toMs'])
    assert.deepEqual(await fault({ fromMs: START - 2, toMs: START - 1 }), [400, 'toMs'])
    assert.deepEqual(await fault({ toMs: START + 367 * DAY_MS }), [400, 'toMs'])
    await call('DELETE', `rotas/${id}`)
  })

  it('a member stays as long as the rota names it, and the rota as long as a notification does', async () => {
    const { id } = await made()
    assert.equal((await call('DELETE', 'contacts/a')).body.error.reason, 'in-use')
    assert.equal((await call('DELETE', 'contacts/c')).status, 200)
    const { policy } = (await call('POST', 'policies', { name: 'p', services: ['*'], rotas: [id] }))
      .body
    assert.deepEqual(policy.rotas, [id])
    assert.equal((await call('DELETE', `rotas/${id}`)).body.error.reason, 'in-use')
    await call('DELETE', `policies/${policy.id}`)
    assert.equal((await call('DELETE', `rotas/${id}`)).status, 200)
    const unknown = await call('POST', 'policies', { name: 'p', services: ['*'], rotas: [id] })
    assert.deepEqual([unknown.status, unknown.body.error.fields[0].field], [400, 'rotas/0'])
  })

  it('says which member is gone, and who stands in', async () => {
    const rota = { id: 'r', environment: ours, ...ROTA, ...USUAL, overrides: [] }
    await site.notifyDesk.rotas.saveRota({ ...rota, members: ['gone', 'b'] })
    const [shown] = (await call('GET', 'rotas')).body.rotas
    assert.deepEqual([shown.gone, shown.shifts[0].contact], [['gone'], 'b'])
    await call('DELETE', 'rotas/r')
  })

  it('another environment sees and changes nothing of it', async () => {
    const { id } = await made()
    const body = { contact: 'b', reason: 'r', fromMs: START, toMs: START + 1 }
    const asked: [string, string, unknown?][] = [
      ['PUT', `rotas/${id}`, { ...ROTA, members: ['a'] }],
      ['DELETE', `rotas/${id}`],
      ['POST', `rotas/${id}/overrides`, body],
      ['DELETE', `rotas/${id}/overrides/x`],
    ]
    for (const [method, path, sent] of asked) {
      assert.equal((await call(method, path, sent, others)).status, 404, `${method} ${path}`)
    }
    assert.deepEqual((await call('GET', 'rotas', undefined, others)).body.rotas, [])
    const theirs = await call('POST', 'rotas', ROTA, others)
    assert.equal(theirs.body.error.fields[0].field, 'members/0')
    assert.equal((await call('GET', 'rotas')).body.rotas[0].id, id)
    await call('DELETE', `rotas/${id}`)
  })
})
