/** What the recording of a real framework must lead to, in data time, and nothing else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readRecording } from '../../scripts/demo/recording.ts'
import { walk, walkTogether } from './recording-walk.ts'

const packets = readRecording(
  fileURLToPath(new URL('../fixtures/recording.jsonl', import.meta.url)),
)
const MIDNIGHT = Date.UTC(2026, 10, 21)
const at = (minutes: number, seconds: number) => (minutes * 60 + seconds) * 1000

/** Alarm, service, interface, and between when and when it fires. */
const MUST = [
  ['FailureRatio', 'RecApp.DeadServer', 'test', 0, at(1, 30)],
  ['FailureRatio', 'RecApp.HelloServer', 'crash', 0, at(1, 30)],
  ['NotifyError', 'RigNode.HelloServer', undefined, at(4, 2), at(4, 20)],
  ['ServiceDown', 'RecApp.HelloServer', undefined, at(5, 10), at(6, 20)],
] as const
const MAY = [['FailureRatio', 'RecApp.HelloServer', 'testHello', at(5, 40), at(6, 30)]] as const

// The recording may begin anywhere in a window: the outcome must not hang on it.
const OFFSETS_MS = [0, 1700, 3300, 5000, 6700, 9990]
const walked = walkTogether(
  packets,
  OFFSETS_MS.map((offsetMs) => MIDNIGHT + offsetMs),
)
for (const [number, offsetMs] of OFFSETS_MS.entries()) {
  describe(`the recording, begun ${offsetMs} ms into a window`, async () => {
    const { alarms = [], mails = [] } = (await walked)[number] ?? {}
    const matching = (row: (typeof MUST | typeof MAY)[number]) =>
      alarms.filter(
        ({ rule, labels }) =>
          rule === row[0] &&
          (labels.callee ?? labels.module) === row[1] &&
          labels.interface === row[2],
      )

    for (const row of MUST) {
      const [rule, service, name = '', from, to] = row
      it(`fires ${rule} ${service} ${name} once, in time`, () => {
        const found = matching(row)
        assert.equal(found.length, 1)
        const atMs = found[0]?.atMs ?? Number.NaN
        assert.ok(atMs >= from && atMs <= to, `fired at ${atMs / 1000} s`)
      })
    }

    it('fires nothing else', () => {
      const known = [...MUST, ...MAY].flatMap(matching)
      assert.deepEqual(
        alarms.filter((alarm) => !known.includes(alarm)),
        [],
      )
      for (const [, , , from, to] of MAY) {
        for (const { atMs } of matching(MAY[0])) assert.ok(atMs >= from && atMs <= to)
      }
    })

    it('tells each of them by mail within the same window', () => {
      for (const { rule, labels, atMs } of alarms) {
        const service = labels.callee ?? labels.module ?? ''
        const mail = mails.find(
          (each) => each.subject.includes(service) && each.atMs === atMs - (atMs % 1),
        )
        assert.ok(mail, `no mail of ${rule} ${service} at ${atMs}`)
      }
    })

    it('has the subject that users know', () => {
      const subjects = mails.map(({ subject }) => subject)
      const environment = number === 0 ? '演练' : `演练 ${number}`
      const known = `【${environment}-默认通知】RigNode.HelloServer-[alarm] down, server is inactive-ERROR`
      assert.ok(subjects.includes(known), subjects.join('\n'))
    })
  })
}

describe('the recording, where what has one cause is told once', async () => {
  const { alarms, mails } = await walk(packets, MIDNIGHT, 'on')
  const mailOf = (service: string, title: RegExp) =>
    mails.find(({ subject }) => subject.includes(service) && title.test(subject))

  for (const [rule, service, name = ''] of MUST) {
    // Its server was restarted when the recording begins.
    const mostMs = name === 'crash' ? at(1, 0) : 0
    it(`tells ${rule} ${service} ${name} at the latest ${mostMs / 1000} s later: nothing else explains it, or it is graver than what does`, () => {
      const alarm = alarms.find(
        ({ rule: named, labels }) =>
          named === rule &&
          (labels.callee ?? labels.module) === service &&
          (labels.interface ?? '') === name,
      )
      const title = name === '' ? /server is inactive|服务宕机/ : new RegExp(`（${name}）`)
      const waitedMs = (mailOf(service, title)?.atMs ?? Number.NaN) - (alarm?.atMs ?? Number.NaN)
      assert.ok(waitedMs >= 0 && waitedMs <= mostMs, `waited ${waitedMs} ms`)
    })
  }

  it('tells nothing of calls that fail because the server is down', () => {
    assert.ok(alarms.some(({ labels }) => labels.interface === 'testHello'))
    assert.equal(mailOf('RecApp.HelloServer', /（testHello）/), undefined)
  })
})
