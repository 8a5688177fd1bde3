import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventOfStored } from '../../../src/agent/feeds/database-notify-row.ts'
import { normaliseNotify } from '../../../src/agent/feeds/normalise-notify.ts'
import { decodeNotifyReport } from '../../../src/tars/notify-report.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { packetOf } from '../../tars/captured-packets.ts'

const ROW = { at: 0, application: 'App', server: 'Server', set: '', node: 'n', level: '', text: '' }

describe('a stored notify', () => {
  for (const [what, level, text, expected] of [
    ['a start', '[normal]', 'restart', ['normal', 'restart']],
    ['tarsnode: down', '[alarm]', '[alarm] down, server is inactive', ['alarm', 'down']],
    ['the application at level error', '[error]', 'out of memory', ['error', 'business']],
    ['the application at level warn', '[warn]', 'slow', ['warn', 'business']],
    // Of a REPORT tarsnotify would have made alarm of the text: so this is a NOTIFY.
    ['an application that quotes', '[normal]', 'seen: [alarm] restart', ['normal', 'business']],
    ['before v3.0.15: the text alone', '', '[error] no memory', ['error', 'business']],
    ['before v3.0.15: a failed config', '', '[fail] get config a.conf', ['error', 'config']],
    ['a level nobody knows', '[fatal]', '[warn] x', ['warn', 'business']],
    ['a level beyond what is sent', '[alarm]', 'cut off before its mark', ['alarm', 'business']],
  ] as const) {
    it(what, () => {
      const event = eventOfStored({ ...ROW, level, text })
      assert.deepEqual([event.level, event.kind], expected)
    })
  }

  it('Java writes App.Server into the server and no application', () => {
    const event = eventOfStored({ ...ROW, application: '', server: 'App.Server' })
    assert.equal(event.module, 'App.Server')
  })

  for (const [file, level] of [
    ['cpp-notify-error.bin', '[error]'],
    ['cpp-notify-normal.bin', '[normal]'],
    ['cpp-notify-report-alarm-text.bin', '[alarm]'],
    ['cpp-notify-restart.bin', '[normal]'],
    ['cpp-notify-node-alarm-down.bin', '[alarm]'],
  ] as const) {
    it(`is the same event as the report it was: ${file}`, () => {
      const { body } = decodePacket(packetOf(`${file}`))
      const { info } = decodeNotifyReport('reportNotifyInfo', body)
      const node = info.sNodeName || '10.0.0.1'
      const heard = normaliseNotify(info, { nodeName: '', host: node, port: 1 }, 7)
      const { sApp, sServer, sSet, sMessage } = info
      const names = { application: sApp, server: sServer, set: sSet, node }
      assert.deepEqual(eventOfStored({ at: 7, ...names, level, text: sMessage }), heard)
    })
  }
})
