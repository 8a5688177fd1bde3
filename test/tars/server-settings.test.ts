import assert from 'node:assert/strict'
import { hostname } from 'node:os'
import { describe, it } from 'node:test'
import { parseTarsConfig } from '../../src/tars/config.ts'
import { logLevelOf } from '../../src/tars/log-level.ts'
import { logPrefixOf, serverSettingsOf } from '../../src/tars/server-settings.ts'

function settings(server: string, application = '') {
  const text = `<tars>\n<application>\n${application}\n<server>\n${server}\n</server>\n</application>\n</tars>`
  return serverSettingsOf(parseTarsConfig(text, 'x.conf'))
}

describe('what tarsnode says of a server', () => {
  it('may be next to nothing', () => {
    const { app, server, node, set, deactivatingMs, ...rest } = settings('')
    assert.deepEqual([app, server, node, set], ['Alarm', 'AgentServer', hostname(), ''])
    assert.equal(deactivatingMs, 3_000)
    assert.deepEqual([rest.logPath, rest.locator, rest.notify], [undefined, undefined, undefined])
    assert.equal(logPrefixOf(settings('')), undefined)
  })

  it('a node without a name goes by its address', () => {
    assert.equal(settings('localip=10.0.0.7').node, '10.0.0.7')
    assert.equal(settings('localip=10.0.0.7\nnodename=node-7').node, 'node-7')
  })

  it('a set counts only where it is enabled', () => {
    assert.equal(settings('', 'enableset=Y\nsetdivision=gray.sz.1').set, 'gray.sz.1')
    assert.equal(settings('', 'enableset=n\nsetdivision=gray.sz.1').set, '')
  })

  it('logs lie where TARS has them', () => {
    const prefix = logPrefixOf(settings('logpath=/usr/local/app/tars/app_log/'))
    assert.equal(prefix, '/usr/local/app/tars/app_log/Alarm/AgentServer/Alarm.AgentServer')
  })

  const limits: [name: string, lines: string, maxBytes: number, maxFiles: number][] = [
    ['as they are given', 'logsize=20M\nlognum=3', 20 * 2 ** 20, 3],
    ['by default', '', 10 * 2 ** 20, 10],
    ['by default when they make no sense', 'logsize=lots\nlognum=-1', 10 * 2 ** 20, 10],
    ['within reason', 'logsize=1\nlognum=0', 2 ** 16, 1],
    ['within reason, at the other end', 'logsize=900G\nlognum=999999999', 2 ** 30, 100],
  ]
  for (const [name, lines, maxBytes, maxFiles] of limits) {
    it(`log files are bounded ${name}`, () => {
      assert.deepEqual(settings(lines).logLimits, { maxBytes, maxFiles })
    })
  }
})

describe('levels of TARS', () => {
  for (const [word, level] of [
    ['INFO', 'info'],
    [' debug\n', 'debug'],
    ['TARS', 'debug'],
    ['NONE', 'silent'],
    ['LOUD', undefined],
    ['', undefined],
  ] as const) {
    it(`'${word.trim()}' is ${level}`, () => assert.equal(logLevelOf(word), level))
  }
})
