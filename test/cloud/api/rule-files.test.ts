import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Console, START, startConsole } from './console.ts'

const TEXT = 'groups:\n- name: api\n  rules:\n  - alert: Down\n    expr: up == 0\n'

describe('the API of rule files', () => {
  let site: Console
  let cookie: string
  let ours: string
  let other: string
  before(async () => {
    site = await startConsole()
    cookie = await site.login()
    const create = async (name: string) =>
      (await site.store.createEnvironment({ name, framework: 'TARSFramework' }, START)).id
    ours = await create('ours')
    other = await create('other')
  })
  after(() => site.close())

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${path}`, { cookie, body })
  const upload = (files: unknown) => call('POST', `${ours}/rule-files`, { files })

  it('takes files, tells what they changed, shows them, gives them back, removes them', async () => {
    const { status, body } = await upload([{ name: 'api.yaml', text: TEXT }])
    assert.equal(status, 200)
    assert.deepEqual(body.report, {
      ...{ groups: 1, rules: 1, added: ['api.yaml;api'], changed: [], removed: [], warnings: [] },
    })
    assert.deepEqual((await call('GET', `${ours}/rule-files`)).body.files, [
      {
        ...{ name: 'api.yaml', groups: 1, alertingRules: 1, recordingRules: 0 },
        ...{ author: 'admin', savedAtMs: START, faults: [] },
      },
    ])
    assert.equal((await call('GET', `${ours}/rule-files/api.yaml`)).body.text, TEXT)
    assert.equal((await call('DELETE', `${ours}/rule-files/api.yaml`)).status, 200)
    assert.equal((await call('DELETE', `${ours}/rule-files/api.yaml`)).status, 404)
    assert.deepEqual((await call('GET', `${ours}/rule-files`)).body.files, [])
  })

  it('those of another environment are neither shown nor removed', async () => {
    await upload([{ name: 'mine.yaml', text: TEXT }])
    assert.deepEqual((await call('GET', `${other}/rule-files`)).body.files, [])
    assert.equal((await call('GET', `${other}/rule-files/mine.yaml`)).status, 404)
    assert.equal((await call('DELETE', `${other}/rule-files/mine.yaml`)).status, 404)
  })

  const file = { name: 'a.yaml', text: TEXT }
  const refused: [string, unknown, string[]][] = [
    ['no file', [], ['files']],
    ['a name that is none of rule files', [{ ...file, name: 'a.txt' }], ['files/0/name']],
    ['a name that is a path', [{ ...file, name: '../a.yaml' }], ['files/0/name']],
    ['a name twice', [file, file], ['files']],
    ['no text', [{ name: 'a.yaml' }], ['files/0/text']],
    ['more than 256 KiB', [{ ...file, text: 'x'.repeat(262_145) }], ['files/0/text']],
    [
      'what is no rule file: each fault with its place',
      [file, { name: 'b.yaml', text: TEXT.replace('up == 0', 'sum(').replace('alert', 'alarm') }],
      ['files/b.yaml/4:5', 'files/b.yaml/4:5', 'files/b.yaml/5:14'],
    ],
    [
      'an alert with the name of a default',
      [{ ...file, text: TEXT.replace('Down', 'FailureRatio') }],
      ['files/a.yaml/5:11'],
    ],
  ]
  for (const [name, files, expected] of refused) {
    it(`refuses ${name}`, async () => {
      const { status, body } = await upload(files)
      assert.deepEqual([status, body.error?.reason ?? body.reason], [400, 'invalid'])
      const fields = (body.error?.fields ?? body.fields).map((one: { field: string }) => one.field)
      assert.deepEqual(fields.sort(), expected)
    })
  }

  it('refuses whoever is not logged in', async () => {
    const { status } = await site.call('GET', `/api/v1/environments/${ours}/rule-files`, {})
    assert.equal(status, 401)
  })
})
