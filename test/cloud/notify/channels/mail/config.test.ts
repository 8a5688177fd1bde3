import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import { ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { isAddress, mailConfig } from '../../../../../src/cloud/notify/channels/mail/config.ts'
import { connectionOf, modeOf } from '../../../../../src/cloud/notify/channels/mail/connection.ts'
import { openMail } from '../../../../../src/cloud/notify/channels/mail/mail.ts'
import { logInAdvice } from '../../../../../src/cloud/notify/channels/mail/presets.ts'
import { delivery } from '../../support/nouns.ts'
import { PASSWORD, startSmtp } from '../../support/smtp-peer.ts'

const good = { host: 'smtp.example.com', from: 'TARS <alarm@example.com>' }

describe('mailConfig', () => {
  const accepted: [string, object][] = [
    ['a relay without log-in', { host: 'localhost', tls: 'none', from: 'a@b.c' }],
    ['a log-in with a password', { ...good, user: 'u', password: 'p' }],
    ['a log-in with a file', { ...good, user: 'u', password_file: 'smtp-password' }],
    ['a provider', { preset: 'qq', user: 'u', password: 'p', from: 'a@b.c' }],
  ]
  for (const [name, config] of accepted) {
    it(`takes ${name}`, () => assert.ok(mailConfig.safeParse(config).success))
  }

  const faults: [string, object, string][] = [
    ['no host', { from: 'a@b.c' }, 'host'],
    ['a port that is none', { ...good, port: 70_000 }, 'port'],
    ['no sender', { host: 'h' }, 'from'],
    ['a sender without address', { ...good, from: 'TARS' }, 'from'],
    ['two senders', { ...good, from: 'a@b.c, d@e.f' }, 'from'],
    ['a sender with a line break', { ...good, from: 'a@b.c\r\nBcc: d@e.f' }, 'from'],
    ['a user without password', { ...good, user: 'u' }, 'user'],
    ['a password without user', { ...good, password: 'p' }, 'password'],
    ['a password twice', { ...good, user: 'u', password: 'p', password_file: 'f' }, 'password'],
    ['an unknown mode of TLS', { ...good, tls: 'ssl' }, 'tls'],
    ['an unknown provider', { preset: 'qqq', from: 'a@b.c' }, 'preset'],
    ['an unknown key', { ...good, hots: 'h' }, ''],
  ]
  for (const [name, config, path] of faults) {
    it(`refuses ${name}`, () => {
      const { error } = mailConfig.safeParse(config)
      assert.equal(error?.issues[0]?.path.join('.'), path)
      assert.ok(!inspect(error).includes("'p'"), 'a secret in the fault')
    })
  }
})

describe('presets', () => {
  const cases: [string, object, string, number | undefined][] = [
    ['a provider has host and port', { preset: 'exmail' }, 'smtp.exmail.qq.com', 465],
    ['163 as YAML reads it', { preset: 163 }, 'smtp.163.com', 465],
    ['163 as text', { preset: '163' }, 'smtp.163.com', 465],
    ['one with STARTTLS', { preset: 'outlook' }, 'smtp.office365.com', 587],
    ['a port of its own', { preset: 'qq', port: 587 }, 'smtp.qq.com', 587],
    [
      'a host of its own',
      { preset: 'aliyun', host: 'smtpdm.aliyun.com' },
      'smtpdm.aliyun.com',
      465,
    ],
    [
      'another way to TLS has its own usual port',
      { preset: 'qq', tls: 'starttls' },
      'smtp.qq.com',
      undefined,
    ],
  ]
  for (const [name, given, host, port] of cases) {
    it(name, () => {
      const config = mailConfig.parse({ ...given, from: 'a@b.c' })
      assert.deepEqual([config.host, config.port, 'preset' in config], [host, port, false])
    })
  }

  it('each says where its password is made when the log-in is refused', () => {
    const words = {
      qq: '授权码',
      '163': '授权码',
      exmail: '客户端',
      outlook: 'SMTP AUTH',
      gmail: 'app password',
    }
    for (const [name, word] of Object.entries(words)) {
      const { host } = mailConfig.parse({ preset: name, from: 'a@b.c' })
      assert.ok(logInAdvice(host).includes(word), name)
    }
    assert.match(logInAdvice('mail.notqq.com'), /many providers/)
  })
})

describe('whether mail may go without TLS', () => {
  const cases: [string, object, boolean, boolean][] = [
    ['a server elsewhere must offer STARTTLS', { host: 'smtp.example.com', port: 25 }, true, false],
    ['one on this machine need not', { host: '127.0.0.1', port: 25 }, false, false],
    [
      'nor one the operator allows it',
      { host: 'smtp.example.com', port: 25, allow_plain: true },
      false,
      false,
    ],
    ['`starttls` is meant', { host: '127.0.0.1', tls: 'starttls', allow_plain: true }, true, false],
    ['`none` uses none', { host: 'smtp.example.com', tls: 'none' }, false, true],
  ]
  for (const [name, given, required, ignored] of cases) {
    it(name, () => {
      const config = mailConfig.parse({ ...given, from: 'a@b.c' })
      const { requireTLS, ignoreTLS, secure } = connectionOf(config, modeOf(config))
      assert.deepEqual([requireTLS, ignoreTLS, secure], [required, ignored, false])
    })
  }
})

describe('isAddress', () => {
  const cases: [string, boolean][] = [
    ['zhang@example.com', true],
    ['zhang.san+alarm@mail.example.com.cn', true],
    ['张三@例子.中国', true],
    ['zhang', false],
    ['zhang@', false],
    ['@example.com', false],
    ['a@b.c,d@e.f', false],
    ['a@b.c d@e.f', false],
    ['<a@b.c>', false],
    ['a@b.c\n', false],
    [`${'a'.repeat(251)}@b.c`, false],
  ]
  for (const [text, expected] of cases) {
    it(`${JSON.stringify(text).slice(0, 40)}: ${expected}`, () =>
      assert.equal(isAddress(text), expected))
  }
})

describe('password_file', () => {
  it('its first line is the password', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mail-config-'))
    const peer = await startSmtp({ auth: true })
    try {
      const file = join(folder, 'smtp-password')
      writeFileSync(file, `${PASSWORD}\n`)
      const { password: _, ...rest } = peer.config
      const channel = openMail({ ...rest, password_file: file })
      await channel.send(delivery('d1'), new AbortController().signal)
      channel.close()
      assert.deepEqual(peer.taken(), ['d1'])
    } finally {
      await peer.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('one that cannot be read is said at once', () => {
    const open = () =>
      openMail({ ...good, tls: 'auto', user: 'u', password_file: '/nowhere/secret' })
    assert.throws(
      open,
      (error) =>
        error instanceof ChannelFailure && /cannot read \/nowhere\/secret/.test(error.message),
    )
  })
})
