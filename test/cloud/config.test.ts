import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { defaultCloudConfig, parseCloudConfig, readCloudConfig } from '../../src/cloud/config.ts'

describe("the cloud's config", () => {
  it('has a default for every key', () => {
    assert.deepEqual(parseCloudConfig('', 'empty.yaml'), defaultCloudConfig())
    assert.deepEqual(defaultCloudConfig().listen, { host: '127.0.0.1', port: 8800 })
  })

  it('the example in conf/ is the defaults', () => {
    assert.deepEqual(
      readCloudConfig('conf/cloud.yaml').convergence,
      defaultCloudConfig().convergence,
    )
  })

  const addresses = [
    ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
    ['[::1]:8800', { host: '::1', port: 8800 }],
    ['alarm.example.com:443', { host: 'alarm.example.com', port: 443 }],
  ] as const
  for (const [text, expected] of addresses) {
    it(`listens on ${text}`, () => {
      assert.deepEqual(parseCloudConfig(`listen: "${text}"`, 'c.yaml').listen, expected)
    })
  }

  it('reads paths beside the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-config-'))
    try {
      const file = join(folder, 'cloud.yaml')
      const mail = '{ host: smtp.example.com, user: u, password_file: secret, from: a@example.com }'
      writeFileSync(file, `data: kept\nrules: [mine.yaml]\nmail: ${mail}\n`)
      const config = readCloudConfig(file)
      assert.equal(config.data, join(folder, 'kept'))
      assert.deepEqual(config.rules, [join(folder, 'mine.yaml')])
      assert.equal(config.mail?.password_file, join(folder, 'secret'))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('tells all faults at once, each with its line', () => {
    const text =
      'listen: nowhere\nretention: 3\nconvergence: 1x\nmail:\n  host: h\n  from: nobody\n  pass: s\n'
    assert.throws(
      () => parseCloudConfig(text, 'c.yaml'),
      (error: Error) => {
        const lines = error.message
          .split('\n')
          .map((line) => line.split(': ').slice(0, 2).join(' '))
        assert.deepEqual(lines, [
          'c.yaml:1 listen',
          'c.yaml:2 retention',
          'c.yaml:3 convergence',
          'c.yaml:6 mail.from',
          'c.yaml:7 mail.pass',
        ])
        return true
      },
    )
  })

  it('names the file also where aliases lead nowhere', () => {
    assert.throws(() => parseCloudConfig('data: *nowhere\n', 'c.yaml'), /^ConfigFailure: c\.yaml: /)
  })

  it('keeps at least what the default rules look back', () => {
    assert.throws(
      () => parseCloudConfig('retention: 0s', 'c.yaml'),
      /c\.yaml:1: retention: at least 26h/,
    )
  })

  it('never repeats a password', () => {
    const text = 'mail: { host: h, from: a@example.com, user: u, password: [hunter2] }'
    assert.throws(
      () => parseCloudConfig(text, 'c.yaml'),
      (error: Error) => !error.message.includes('hunter2'),
    )
  })
})
