import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

describe('the site around the API', () => {
  let folder: string
  let site: Console
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'console-'))
    await mkdir(join(folder, 'web/assets'), { recursive: true })
    await writeFile(join(folder, 'secret.txt'), 'secret')
    await writeFile(join(folder, 'web/index.html'), '<!doctype html>')
    await writeFile(join(folder, 'web/assets/main-abc.js'), '1')
    site = await startConsole(join(folder, 'web'))
  })
  after(async () => {
    await site.close()
    await rm(folder, { recursive: true })
  })

  it('the page is asked for each time, what it names is kept for a year', async () => {
    const page = await site.call('GET', '/')
    assert.equal(page.status, 200)
    assert.equal(page.body, '<!doctype html>')
    assert.equal(page.headers.get('cache-control'), 'no-cache')
    const asset = await site.call('GET', '/assets/main-abc.js')
    assert.equal(asset.headers.get('cache-control'), 'public, max-age=31536000, immutable')
  })

  for (const path of ['/', '/assets/main-abc.js', '/none', '/healthz', '/api/v1/session']) {
    it(`${path} comes with strict headers`, async () => {
      const { headers } = await site.call('GET', path)
      const policy = headers.get('content-security-policy') ?? ''
      assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      if (path.startsWith('/api')) assert.equal(headers.get('cache-control'), 'no-store')
    })
  }

  for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']) {
    it(`${path} leads nowhere`, async () => {
      // `fetch` would tidy the path up.
      const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
      socket.write(`GET ${path} HTTP/1.1\r\nHost: console\r\nConnection: close\r\n\r\n`)
      let answer = ''
      socket.on('data', (chunk) => {
        answer += chunk
      })
      await once(socket, 'close')
      assert.match(answer, /^HTTP\/1\.1 40[034] /)
      assert.doesNotMatch(answer, /\r\nsecret/)
    })
  }

  it('an unknown path of the API answers 404 as JSON with the time', async () => {
    const { status, body } = await site.call('GET', '/api/v1/none?key=1')
    assert.equal(status, 404)
    assert.deepEqual(body.error, { reason: 'not-found', message: 'no page "/api/v1/none" here' })
    assert.equal(body.serverTimeMs, START)
  })

  it('is healthy while its store answers', async () => {
    assert.equal((await site.call('GET', '/healthz')).status, 200)
    const { userCount } = site.store
    site.store.userCount = () => Promise.reject(new Error('gone'))
    assert.equal((await site.call('GET', '/healthz')).status, 500)
    site.store.userCount = userCount
  })

  it('describes every route in OpenAPI, with what it takes and how it refuses', async () => {
    const { body } = await site.call('GET', '/api/openapi.json')
    assert.equal(body.openapi, '3.1.0')
    const routes = Object.entries(body.paths)
      .filter(([path]) => path.startsWith('/api/v1/'))
      .flatMap(([path, methods]) =>
        Object.keys(Object(methods)).map((method) => `${method} ${path}`),
      )
    assert.deepEqual(routes.sort(), [
      'delete /api/v1/environments/{id}',
      'delete /api/v1/environments/{id}/contact-groups/{group}',
      'delete /api/v1/environments/{id}/contacts/{contact}',
      'delete /api/v1/environments/{id}/mutes/{mute}',
      'delete /api/v1/environments/{id}/policies/{policy}',
      'delete /api/v1/environments/{id}/receivers/{receiver}',
      'delete /api/v1/environments/{id}/rotas/{rota}',
      'delete /api/v1/environments/{id}/rotas/{rota}/overrides/{override}',
      'delete /api/v1/environments/{id}/rule-files/{file}',
      'delete /api/v1/environments/{id}/rules/{rule}',
      'delete /api/v1/environments/{id}/summaries/{summary}',
      'delete /api/v1/environments/{id}/templates/{kind}/{language}',
      'delete /api/v1/environments/{id}/tokens/{token}',
      'get /api/v1/environments',
      'get /api/v1/environments/{id}',
      'get /api/v1/environments/{id}/agents',
      'get /api/v1/environments/{id}/agents/{agent}',
      'get /api/v1/environments/{id}/alarms',
      'get /api/v1/environments/{id}/alarms/{alarm}',
      'get /api/v1/environments/{id}/alarms/{alarm}/acts',
      'get /api/v1/environments/{id}/alarms/{alarm}/trace',
      'get /api/v1/environments/{id}/calendar',
      'get /api/v1/environments/{id}/contact-groups',
      'get /api/v1/environments/{id}/contacts',
      'get /api/v1/environments/{id}/drills',
      'get /api/v1/environments/{id}/mutes',
      'get /api/v1/environments/{id}/policies',
      'get /api/v1/environments/{id}/receivers',
      'get /api/v1/environments/{id}/reporters',
      'get /api/v1/environments/{id}/rotas',
      'get /api/v1/environments/{id}/route-tree',
      'get /api/v1/environments/{id}/route-tree/versions/{version}',
      'get /api/v1/environments/{id}/rule-files',
      'get /api/v1/environments/{id}/rule-files/{file}',
      'get /api/v1/environments/{id}/rules',
      'get /api/v1/environments/{id}/summaries',
      'get /api/v1/environments/{id}/templates',
      'get /api/v1/environments/{id}/thresholds',
      'get /api/v1/environments/{id}/tokens',
      'get /api/v1/environments/{id}/usage',
      'get /api/v1/session',
      'post /api/v1/environments',
      'post /api/v1/environments/{id}/alarms/{alarm}/acts',
      'post /api/v1/environments/{id}/contact-groups',
      'post /api/v1/environments/{id}/contacts',
      'post /api/v1/environments/{id}/contacts/{contact}/verify',
      'post /api/v1/environments/{id}/drills',
      'post /api/v1/environments/{id}/mutes',
      'post /api/v1/environments/{id}/policies',
      'post /api/v1/environments/{id}/receivers',
      'post /api/v1/environments/{id}/receivers/{receiver}/test',
      'post /api/v1/environments/{id}/rotas',
      'post /api/v1/environments/{id}/rotas/{rota}/overrides',
      'post /api/v1/environments/{id}/rotate-key',
      'post /api/v1/environments/{id}/route-tree/import',
      'post /api/v1/environments/{id}/route-tree/test',
      'post /api/v1/environments/{id}/rule-files',
      'post /api/v1/environments/{id}/rules',
      'post /api/v1/environments/{id}/rules/preview',
      'post /api/v1/environments/{id}/summaries',
      'post /api/v1/environments/{id}/templates/{kind}/{language}/preview',
      'post /api/v1/environments/{id}/thresholds',
      'post /api/v1/environments/{id}/tokens',
      'post /api/v1/login',
      'post /api/v1/logout',
      'put /api/v1/environments/{id}/calendar',
      'put /api/v1/environments/{id}/contact-groups/{group}',
      'put /api/v1/environments/{id}/contacts/{contact}',
      'put /api/v1/environments/{id}/drills/plan',
      'put /api/v1/environments/{id}/mutes/{mute}',
      'put /api/v1/environments/{id}/policies/{policy}',
      'put /api/v1/environments/{id}/receivers/{receiver}',
      'put /api/v1/environments/{id}/retention',
      'put /api/v1/environments/{id}/rotas/{rota}',
      'put /api/v1/environments/{id}/route-tree',
      'put /api/v1/environments/{id}/rules/{rule}',
      'put /api/v1/environments/{id}/summaries/{summary}',
      'put /api/v1/environments/{id}/templates/{kind}/{language}',
      'put /api/v1/environments/{id}/thresholds',
    ])
    const { post } = body.paths['/api/v1/environments']
    const schema = post.requestBody.content['application/json'].schema
    assert.deepEqual(schema.required, ['name', 'framework'])
    assert.deepEqual(Object.keys(post.responses).sort(), ['201', '4XX'])
  })

  it('says what to run where the console was not built', async () => {
    const bare = await startConsole(join(folder, 'none'))
    const { status, body, headers } = await bare.call('GET', '/')
    await bare.close()
    assert.equal(status, 503)
    assert.match(headers.get('content-type') ?? '', /text\/plain/)
    assert.match(body, /build-web/)
  })
})
