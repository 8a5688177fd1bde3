import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normaliseNotify, titleOf } from '../../../src/agent/feeds/normalise-notify.ts'
import { Titles } from '../../../src/agent/feeds/titles.ts'
import { NOTIFY, REPORT, ReportInfo } from '../../../src/tars/idl/notify-f.ts'
import { decodeNotifyReport } from '../../../src/tars/notify-report.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { packetOf } from '../../tars/captured-packets.ts'

const SENDER = { nodeName: '', host: '10.9.9.9', port: 4711 }

function eventOf(info: Partial<ReportInfo>, sender = SENDER) {
  const named = { sApp: 'App', sServer: 'Server' }
  return normaliseNotify({ ...ReportInfo.zero(), ...named, ...info }, sender, 1000)
}

describe('normaliseNotify: what a real framework sent', () => {
  const cases: [file: string, module: string, level: string, kind: string, node: string][] = [
    ['cpp-notify-restart', 'RigApp.HelloServer', 'normal', 'restart', '127.0.0.1'],
    ['cpp-notify-stop', 'RigNode.HelloServer', 'normal', 'stop', '127.0.0.2'],
    ['cpp-notify-normal', 'RigApp.HelloServer', 'normal', 'business', '127.0.0.1'],
    ['cpp-notify-error', 'RigApp.HelloServer', 'error', 'business', '127.0.0.1'],
    ['cpp-notify-report-alarm-text', 'RigApp.HelloServer', 'alarm', 'business', '127.0.0.1'],
    ['cpp-notify-node-alarm-down', 'RigNode.HelloServer', 'alarm', 'down', '127.0.0.2'],
    ['nodejs-notify-restart', 'RigNodeJs.HelloServer', 'normal', 'restart', '10.9.9.9'],
    ['nodejs-notify-error', 'RigNodeJs.HelloServer', 'error', 'business', '10.9.9.9'],
  ]
  for (const [file, module, level, kind, node] of cases) {
    it(file, () => {
      const { body } = decodePacket(packetOf(`${file}.bin`))
      const { info } = decodeNotifyReport('reportNotifyInfo', body)
      const event = normaliseNotify(info, SENDER, 1000)
      assert.deepEqual(
        [event.module, event.level, event.kind, event.node, event.text, event.at],
        [module, level, kind, node, info.sMessage, 1000],
      )
    })
  }
})

describe('normaliseNotify: level', () => {
  const cases: [name: string, eType: number, eLevel: number, text: string, level: string][] = [
    ['a report: from the text', REPORT, 0, '[warn] disk', 'warn'],
    ['alarm before error', REPORT, 0, '[error] [alarm] x', 'alarm'],
    ['error before warn', REPORT, 0, '[warn] [error] x', 'error'],
    ['a fail is an error', REPORT, 0, 'config [fail]', 'error'],
    ['normal says nothing more', REPORT, 0, '[normal] x', 'normal'],
    ['Go: a report whose level is only a number', REPORT, 2, 'server is fatal: x', 'error'],
    ['tarsnode: a success, whatever its number', REPORT, 2, 'patch succ: 20260101', 'normal'],
    ['no success is none', REPORT, 2, 'patch not successful', 'error'],
    ['a success that speaks of an error is none', REPORT, 2, 'succ 3, failed 1', 'error'],
    ['the higher of the two counts', REPORT, 1, '[error] x', 'error'],
    ['a notify: from the number', NOTIFY, 1, 'x', 'warn'],
    ['a notify: never from the text', NOTIFY, 0, '[alarm] x', 'normal'],
    ['an unknown number says nothing', NOTIFY, 7, 'x', 'normal'],
  ]
  for (const [name, eType, eLevel, sMessage, level] of cases) {
    it(name, () => assert.equal(eventOf({ eType, eLevel, sMessage }).level, level))
  }
})

describe('normaliseNotify: kind', () => {
  const cases: [text: string, kind: string][] = [
    ['restart', 'restart'],
    ['stop', 'stop'],
    ['[alarm] server is stopped.', 'stop'],
    ['[alarm] down, server is inactive', 'down'],
    ['[alarm] activating,pid not exist', 'down'],
    ['[alarm] zombie process,no keep alive msg for 60 seconds', 'zombie'],
    ['[alarm] detected zombie worker.', 'zombie'],
    ['[alarm] heartbeat overtime, will restart process', 'zombie'],
    ['[alarm] server exit with code 0', 'exit'],
    ['[alarm] worker exit unexpected', 'exit'],
    ['[alarm] exiting,exception occurred more than 2 times within 10 seconds', 'exit'],
    ['[succ] get remote config:HelloServer.conf', 'config'],
    ['AdminServant::notify:tars.viewstatus', 'command'],
    ['restart server:App.Server_10.0.0.1', 'command'],
    ['restarting our cache took long', 'business'],
    ['order 4711 stopped', 'business'],
  ]
  for (const [sMessage, kind] of cases) {
    it(sMessage, () => assert.equal(eventOf({ eType: REPORT, sMessage }).kind, kind))
  }
  it('what an application tells by a notify is business', () => {
    assert.equal(eventOf({ eType: NOTIFY, sMessage: 'restart' }).kind, 'business')
  })
})

describe('normaliseNotify: who', () => {
  const moduleOf = (sApp: string, sServer: string) => eventOf({ sApp, sServer }).module
  it('Java writes application and server into one', () => {
    assert.equal(moduleOf('', 'App.Server'), 'App.Server')
  })
  it('or the application twice', () => assert.equal(moduleOf('App', 'App.Server'), 'App.Server'))
  it('the node: its own word, else of the context, else the socket', () => {
    const sender = { ...SENDER, nodeName: 'node-a' }
    assert.equal(eventOf({ sNodeName: 'mine' }, sender).node, 'mine')
    assert.equal(eventOf({}, sender).node, 'node-a')
    assert.equal(eventOf({}).node, '10.9.9.9')
  })
  it('reportServer of K8SFramework', () => {
    const info = { sApp: 'App', sServer: 'Server', sMessage: '[alarm] server exit with code 137' }
    assert.deepEqual([eventOf(info).level, eventOf(info).kind], ['alarm', 'exit'])
  })
})

describe('titleOf', () => {
  const cases: [text: string, title: string][] = [
    ['[alarm] server exit with code 137', '[alarm] server exit with code *'],
    ['connect 10.0.0.1:8080 failed after 1.5s', 'connect * failed after *s'],
    ['pid 4711, thread 140083437492096', 'pid *, thread *'],
    ['at 0x7f3a10 in deadbeef01', 'at * in *'],
    ['no address for fe80::1:2:3', 'no address for *'],
    ['trace 550e8400-e29b-41d4-a716-446655440000', 'trace *'],
    ['decade of facade', 'decade of facade'],
    ['  two\n lines\t here ', 'two lines here'],
    ['订单 42 失败', '订单 * 失败'],
  ]
  for (const [text, title] of cases) it(text.trim(), () => assert.equal(titleOf(text), title))

  it('ends with a whole character within 120 bytes', () => {
    assert.equal(titleOf('长'.repeat(100)), '长'.repeat(40))
    assert.equal(titleOf(`ab${'长'.repeat(100)}`), `ab${'长'.repeat(39)}`)
    assert.equal(titleOf(`${'a'.repeat(118)}😀`), 'a'.repeat(118))
  })
  it('is quick on what is made to be slow', () => {
    const texts = ['a:', '1', 'ab1:', 'deadbeef', '0x', '1.1.', ' '].map((part) =>
      part.repeat(500_000),
    )
    const before = performance.now()
    for (const text of texts) eventOf({ sMessage: text })
    // Some 100 ms; what is not linear would take hours.
    assert.ok(performance.now() - before < 20_000)
  })
})

it('the text of an event takes at most 4,096 bytes', () => {
  assert.equal(eventOf({ sMessage: '长'.repeat(5000) }).text, '长'.repeat(1365))
})

describe('Titles', () => {
  it('a module has so many, then all others are one', () => {
    const titles = new Titles(10, 2)
    const admitted = ['a', 'b', 'c', 'a'].map((title) => titles.admit('App.Server', title, 0))
    assert.deepEqual(admitted, ['a', 'b', 'other', 'a'])
    assert.equal(titles.admit('App.Other', 'c', 0), 'c')
  })
  it('a title that was not heard for 6 h gives its place to a new one', () => {
    const titles = new Titles(10, 2)
    const hour = 3_600_000
    titles.admit('App.Server', 'a', 0)
    titles.admit('App.Server', 'b', 0)
    titles.admit('App.Server', 'a', hour)
    assert.equal(titles.admit('App.Server', 'c', 5 * hour), 'other')
    assert.equal(titles.admit('App.Server', 'c', 6 * hour), 'c')
    assert.equal(titles.admit('App.Server', 'b', 6 * hour), 'other')
  })
  it('the module that was silent longest is forgotten first', () => {
    const titles = new Titles(2, 1)
    for (const module of ['A', 'B', 'A', 'C']) titles.admit(module, 'x', 0)
    assert.equal(titles.admit('A', 'y', 0), 'other')
    assert.equal(titles.admit('B', 'y', 0), 'y')
  })
})
