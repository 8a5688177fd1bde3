import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UploadBook, UploadFailure } from '../../../../src/cloud/rules/uploaded/upload-book.ts'
import { MAX_FILES, type UploadedFile } from '../../../../src/cloud/rules/uploaded/uploaded-file.ts'
import { silentLog } from '../../../../src/support/log.ts'

const GROUP = 'groups: [{name: g, rules: [{alert: Up, expr: up == 0}]}]'
const RECORDING = 'groups: [{name: g, rules: [{record: a:b, expr: up}]}]'

function file(name: string, text: string, environment = 'ours'): UploadedFile {
  return { environment, name, text, author: 'kim', savedAt: 1 }
}

function bookOf(stored: UploadedFile[] = []) {
  const rows = new Map(stored.map((one) => [`${one.environment} ${one.name}`, one]))
  const told: string[] = []
  const book: UploadBook = new UploadBook({
    log: silentLog,
    store: {
      ruleFiles: async () => [...rows.values()],
      async saveRuleFiles(files) {
        for (const one of files) rows.set(`${one.environment} ${one.name}`, one)
      },
      removeRuleFile: async (environment, name) => rows.delete(`${environment} ${name}`),
    },
    taken: () => new Set(['Default', 'default:recorded']),
    changed(environment) {
      const groups = book.groups(environment)
      const shown = groups.map(({ key, rules }) => `${key}: ${rules.map((rule) => rule.name)}`)
      told.push(`${environment} ${shown.join(' ')}`.trim())
    },
  })
  return { book, told, rows }
}

async function faultsOf(book: UploadBook, files: UploadedFile[]): Promise<string[]> {
  const failure: unknown = await book.upload('ours', files).catch((error) => error)
  assert.ok(failure instanceof UploadFailure)
  return failure.faults.map(({ file, line, column, message }) =>
    [file, line, column, message].join(':'),
  )
}

describe('rule files that people uploaded', () => {
  it('are handed on as they change, by name', async () => {
    const { book, told } = bookOf()
    await book.upload('ours', [file('b.yaml', GROUP), file('a.yaml', RECORDING)])
    await book.upload('ours', [file('b.yaml', GROUP.replace('Up', 'Down'))])
    assert.equal(await book.remove('ours', 'a.yaml'), true)
    assert.equal(await book.remove('ours', 'a.yaml'), false)
    assert.deepEqual(told, [
      'ours uploaded/a.yaml;g: a:b uploaded/b.yaml;g: Up',
      'ours uploaded/a.yaml;g: a:b uploaded/b.yaml;g: Down',
      'ours uploaded/b.yaml;g: Down',
    ])
  })

  it('tell what an upload changed, and what is hardly meant', async () => {
    const { book } = bookOf()
    const first = await book.upload('ours', [file('a.yaml', GROUP), file('b.yaml', RECORDING)])
    assert.deepEqual([first.groups, first.rules, first.added], [2, 2, ['a.yaml;g', 'b.yaml;g']])
    const delta = 'groups: [{name: h, rules: [{alert: Calls, expr: tars_calls > 1}]}]'
    const second = await book.upload('ours', [file('a.yaml', delta), file('b.yaml', RECORDING)])
    assert.deepEqual([second.added, second.changed], [['a.yaml;h'], []])
    assert.deepEqual(second.removed, ['a.yaml;g'])
    assert.match(second.warnings[0]?.message ?? '', /tars_calls has deltas/)
    const third = await book.upload('ours', [
      file('b.yaml', RECORDING.replace('expr: up', 'expr: up + 1')),
    ])
    assert.deepEqual([third.added, third.changed, third.warnings], [[], ['b.yaml;g'], []])
  })

  it('all are valid, or nothing changes: each fault with its place', async () => {
    const { book, told, rows } = bookOf()
    const faults = await faultsOf(book, [
      file('good.yaml', GROUP),
      file('bad.yaml', 'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: sum(\n    four: 2\n'),
      file('text.yml', 'groups: ['),
    ])
    assert.deepEqual(
      faults.map((text) => text.split(':').slice(0, 3).join(':')),
      ['bad.yaml:5:14', 'bad.yaml:6:5', 'text.yml:1:10'],
    )
    assert.deepEqual([told, rows.size], [[], 0])
  })

  const refused: [string, string, RegExp][] = [
    [
      'an alert of the name of another rule',
      GROUP.replace('Up', 'Default'),
      /^a\.yaml:1:\d+:group "g", "Default": another rule has this name/,
    ],
    [
      'a group more often than each 10 s',
      GROUP.replace('rules', 'interval: 5s, rules'),
      /^a\.yaml:1:\d+:group "g": its interval is 5s: at least 10s here/,
    ],
    [
      'more than 1,000 rules',
      `groups: [{name: g, rules: [${'{record: a:b, expr: up},'.repeat(1001)}]}]`,
      /^a\.yaml:0:0:1001 rules in all files together: 1000 at the most/,
    ],
  ]
  for (const [name, text, expected] of refused) {
    it(`not: ${name}`, async () => {
      const { book, told } = bookOf()
      const [fault = ''] = await faultsOf(book, [file('a.yaml', text)])
      assert.match(fault, expected)
      assert.deepEqual(told, [])
    })
  }

  it('a recording rule may have the name of another: series come together as in Prometheus', async () => {
    const { book } = bookOf()
    const { rules } = await book.upload('ours', [
      file('a.yaml', RECORDING.replace('a:b', 'default:recorded')),
    ])
    assert.equal(rules, 1)
  })

  it(`are ${MAX_FILES} of an environment at the most`, async () => {
    const { book } = bookOf()
    const all = Array.from({ length: MAX_FILES }, (_, at) => file(`${at}.yaml`, RECORDING))
    await book.upload('ours', all)
    await assert.rejects(book.upload('ours', [file('more.yaml', RECORDING)]), {
      reason: 'limit-reached',
    })
    assert.equal((await book.upload('ours', [file('0.yaml', RECORDING)])).rules, MAX_FILES)
  })

  it('are there after a start; one that is sound no more harms no other, and says why', async () => {
    const broken = file('broken.yaml', 'groups: [{name: g, rules: [{alert: A, expr: sum(}]}]')
    const { book, told } = bookOf([file('a.yaml', GROUP), broken, file('a.yaml', GROUP, 'theirs')])
    await book.load()
    assert.deepEqual(told, ['ours uploaded/a.yaml;g: Up', 'theirs uploaded/a.yaml;g: Up'])
    const faults = book.files('ours').map(({ name, faults }) => [name, faults.length > 0])
    assert.deepEqual(faults, [
      ['a.yaml', false],
      ['broken.yaml', true],
    ])
    await book.upload('ours', [file('b.yaml', RECORDING)])
    assert.equal(book.files('ours').length, 3)
    const named = [file('c.yaml', GROUP.replace('Up', 'Default'))]
    assert.match((await faultsOf(book, named)).join(), /another rule has this name/)
  })

  it('go with their environment', async () => {
    const { book } = bookOf()
    await book.upload('ours', [file('a.yaml', GROUP)])
    book.forget('ours')
    assert.deepEqual([book.files('ours'), book.groups('ours')], [[], []])
  })
})
