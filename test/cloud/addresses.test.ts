/** What the config says of mail addresses, in a whole cloud with a real mail server. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import { systemClock } from '../../src/support/clock.ts'
import { createFileLog } from '../../src/support/log.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { type SmtpPeer, startSmtp } from './notify/support/smtp-peer.ts'

const PUBLIC = 'public_url: https://alarm.example.com'

describe('mail addresses in a cloud', () => {
  const root = mkdtempSync(join(tmpdir(), 'tars-alarm-addresses-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  let peer: SmtpPeer
  before(async () => {
    peer = await startSmtp()
  })
  after(() => peer.close())
  let folders = 0

  const mail = (more = '') =>
    `mail: { host: 127.0.0.1, port: ${peer.config.port}, tls: none, from: a@example.com${more} }`

  /** With what it warned of. */
  async function start(settings: readonly string[], data = join(root, String(folders++))) {
    const lines = ['listen: 127.0.0.1:0', `data: ${data}`, ...settings]
    const warnings: string[] = []
    const log = createFileLog('cloud', {
      write(line) {
        const { level, msg } = JSON.parse(line)
        if (level >= 40) warnings.push(msg)
      },
    })
    const config = parseCloudConfig(lines.join('\n'), 'cloud.yaml')
    return {
      cloud: await startCloud({ config, clock: systemClock, log, passwordCost: CHEAP }),
      data,
      warnings,
    }
  }

  async function loggedIn({ url }: Cloud, password: string | undefined) {
    let cookie = ''
    const call = async (method: string, path: string, body?: unknown) => {
      const type = body === undefined ? {} : { 'content-type': 'application/json' }
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { 'x-requested-with': 'tars-alarm', cookie, ...type },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
      assert.ok(response.ok, `${method} ${path}: ${response.status}`)
      // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
      return (await response.json()) as any
    }
    await call('POST', '/login', { name: 'admin', password })
    return call
  }

  async function withContact(cloud: Cloud) {
    const password = cloud.firstPassword
    const call = await loggedIn(cloud, password)
    const wanted = { name: '生产', framework: 'TARSFramework' }
    const { environment } = await call('POST', '/environments', wanted)
    const place = `/environments/${environment.id}/contacts`
    const { contact } = await call('POST', place, { name: '张三', email: 'zhang@example.com' })
    await cloud.idle()
    return { call, place, contact, password }
  }

  const settings: [string, () => string[], boolean, RegExp?][] = [
    ['with public_url they are confirmed first', () => [mail(), PUBLIC], true],
    ['unless the config says no', () => [mail(', verify: false'), PUBLIC], false],
    ['without it they are used, and that is said', () => [mail()], false, /public_url/],
    ['without it and told so they are used', () => [mail(', verify: false')], false],
    ['without mail there is nothing to confirm', () => [PUBLIC], false],
  ]
  for (const [name, lines, isAsked, said] of settings) {
    it(name, async () => {
      const mailsBefore = peer.mails.length
      const { cloud, warnings } = await start(lines())
      try {
        const { contact } = await withContact(cloud)
        assert.equal(contact.unverifiedSinceMs !== undefined, isAsked)
        assert.equal(peer.mails.length - mailsBefore, isAsked ? 1 : 0)
        assert.equal(
          warnings.some((warning) => /without asking their owners/.test(warning)),
          said !== undefined,
        )
      } finally {
        await cloud.stop()
      }
    })
  }

  it('the link in the mail confirms, also after a restart; no other key does', async () => {
    const first = await start([mail(), PUBLIC])
    const { password, place } = await withContact(first.cloud)
    const [, path] = /https:\/\/alarm\.example\.com(\S+)/.exec(peer.mails.at(-1)?.text ?? '') ?? []
    await first.cloud.stop()
    const other = await start([mail(), PUBLIC])
    assert.equal((await fetch(`${other.cloud.url}${path}`, { method: 'POST' })).status, 404)
    await other.cloud.stop()
    const { cloud } = await start([mail(), PUBLIC], first.data)
    try {
      const page = await fetch(`${cloud.url}${path}`, { method: 'POST' })
      assert.equal(page.status, 200)
      const call = await loggedIn(cloud, password)
      const [{ unverifiedSinceMs }] = (await call('GET', place)).contacts
      assert.equal(unverifiedSinceMs, undefined)
    } finally {
      await cloud.stop()
    }
  })

  it('those that wait are used once the config asks for no confirmation any more', async () => {
    const first = await start([mail(), PUBLIC])
    const { password, place } = await withContact(first.cloud)
    await first.cloud.stop()
    const { cloud } = await start([mail(', verify: false'), PUBLIC], first.data)
    try {
      const call = await loggedIn(cloud, password)
      const [{ unverifiedSinceMs }] = (await call('GET', place)).contacts
      assert.equal(unverifiedSinceMs, undefined)
    } finally {
      await cloud.stop()
    }
  })

  it('to ask for confirmation without public_url is a fault', () => {
    const text = `${mail(', verify: true')}\n`
    assert.throws(
      () => parseCloudConfig(text, 'c.yaml'),
      /c\.yaml:1: mail\.verify: needs public_url/,
    )
  })
})
