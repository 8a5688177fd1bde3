import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import { firstUser } from '../../../src/cloud/api/first-user.ts'
import { hashPassword, verifyPassword } from '../../../src/cloud/api/password.ts'
import { SESSION_MS } from '../../../src/cloud/api/sessions.ts'
import { type Console, startConsole } from './console.ts'
import { MemoryStore } from './memory-store.ts'

describe('sessions', () => {
  let site: Console
  before(async () => {
    site = await startConsole()
  })
  after(() => site.close())

  const tryLogin = (password: string, address = '198.51.100.1', name = 'admin') =>
    site.call('POST', '/api/v1/login', {
      body: { name, password },
      headers: { 'x-forwarded-for': address },
    })

  it('a login opens a session of 7 days in a cookie that scripts and other sites cannot use', async () => {
    const { status, headers, body } = await tryLogin(site.password)
    assert.equal(status, 200)
    assert.equal(body.user.name, 'admin')
    assert.equal(body.user.passwordHash, undefined)
    const cookie = headers.get('set-cookie') ?? ''
    assert.match(cookie, /^tars_alarm_session=[\w-]{43}; Max-Age=604800; Path=\/; /)
    assert.match(cookie, /HttpOnly; SameSite=Strict$/)
  })

  it('the cookie is Secure where the console is reached over https', async () => {
    const { headers } = await site.call('POST', '/api/v1/login', {
      body: { name: 'admin', password: site.password },
      headers: { 'x-forwarded-proto': 'https' },
    })
    assert.match(headers.get('set-cookie') ?? '', /; Secure/)
  })

  it('the store never sees the token', async () => {
    const token = (await site.login()).split('=')[1] ?? ''
    assert.equal(token.length, 43)
    assert.equal(site.store.sessionRows.has(token), false)
    assert.equal(JSON.stringify([...site.store.sessionRows]).includes(token), false)
  })

  it('a session ends with logout, also for who kept the cookie', async () => {
    const cookie = await site.login()
    assert.equal((await site.call('GET', '/api/v1/session', { cookie })).body.user.name, 'admin')
    assert.equal((await site.call('POST', '/api/v1/logout', { cookie })).status, 200)
    assert.equal((await site.call('GET', '/api/v1/session', { cookie })).status, 401)
  })

  it('a session ends after 7 days of the clock', async () => {
    const cookie = await site.login()
    const started = site.clock.now()
    site.clock.moveTo(started + SESSION_MS - 1)
    assert.equal((await site.call('GET', '/api/v1/session', { cookie })).status, 200)
    site.clock.moveTo(started + SESSION_MS)
    assert.equal((await site.call('GET', '/api/v1/session', { cookie })).status, 401)
  })

  it('an unknown name and a wrong password get the same answer', async () => {
    const wrong = await tryLogin('wrong', '198.51.100.2')
    const unknown = await tryLogin('wrong', '198.51.100.2', 'nobody')
    assert.equal(wrong.status, 401)
    assert.deepEqual(wrong.body.error, unknown.body.error)
    assert.equal(wrong.body.error.reason, 'wrong-password')
  })

  it('after five wrong passwords even the right one waits, from that address only', async () => {
    const address = '198.51.100.3'
    const tries = await Promise.all(Array.from({ length: 8 }, () => tryLogin('wrong', address)))
    assert.deepEqual(
      tries.map(({ status }) => status).sort(),
      [401, 401, 401, 401, 401, 429, 429, 429],
    )
    const refused = await tryLogin(site.password, address)
    assert.equal(refused.status, 429)
    assert.equal(refused.headers.get('retry-after'), '900')
    assert.equal(refused.body.error.reason, 'too-many-attempts')
    assert.equal((await tryLogin(site.password, '198.51.100.4')).status, 200)
    site.clock.advance(15 * 60_000)
    assert.equal((await tryLogin(site.password, address)).status, 200)
  })

  it('passwords are checked one after another: files are written meanwhile', async () => {
    let answered = 0
    const tries = Array.from({ length: 8 }, async (_, number) => {
      await tryLogin('wrong', '198.51.100.77', `nobody${number}`)
      answered++
    })
    await Promise.race(tries)
    await stat('package.json')
    assert.ok(answered <= 2, `a file had to wait for ${answered} tries`)
    await Promise.all(tries)
  })

  it('right passwords never count as tries', async () => {
    for (let time = 0; time < 7; time += 1) {
      assert.equal((await tryLogin(site.password, '198.51.100.5')).status, 200)
    }
  })
})

describe('passwords', () => {
  const random = (count: number) => Buffer.alloc(count, 7)

  it('only the password itself matches its hash, which tells its parameters and not the password', async () => {
    const hash = await hashPassword('s3cret', random)
    assert.match(hash, /^scrypt\$16384\$8\$5\$[\w-]{22}\$[\w-]{43}$/)
    assert.equal(await verifyPassword('s3cret', hash), true)
    assert.equal(await verifyPassword('s3cres', hash), false)
    await assert.rejects(verifyPassword('s3cret', 'plain'), RangeError)
  })

  it('the first user is made once, with a password that works', async () => {
    const store = new MemoryStore()
    const password = (await firstUser(store, random)) ?? ''
    assert.match(password, /^\w{16}$/)
    assert.equal(await verifyPassword(password, store.userRows[0]?.passwordHash ?? ''), true)
    assert.equal(await firstUser(store, random), undefined)
    assert.equal(store.userRows.length, 1)
  })
})
