import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HeadTable } from '../../src/tars/head-table.ts'
import { NotifyF } from '../../src/tars/idl/notify-f.ts'
import { StatF, StatMicMsgBody, StatMicMsgHead } from '../../src/tars/idl/stat-f.ts'
import { decodeNotifyReport } from '../../src/tars/notify-report.ts'
import { Reader } from '../../src/tars/reader.ts'
import { int, req, struct } from '../../src/tars/schema.ts'
import { StatDecoder } from '../../src/tars/stat-report.ts'

describe('heads of reports', () => {
  const report = (...ports: number[]) =>
    StatF.reportMicMsg.request.encode({
      msg: ports.map((slavePort) => [
        { ...StatMicMsgHead.zero(), slavePort },
        StatMicMsgBody.zero(),
      ]),
      bFromClient: true,
    })

  it('are one object as often as they come', () => {
    const decoder = new StatDecoder()
    const [first, second] = decoder.decode(report(1, 2)).records
    const [again] = decoder.decode(report(1)).records
    assert.equal(again?.head, first?.head)
    assert.notEqual(second?.head, first?.head)
  })

  it('are told from others that begin alike, or follow another head than last time', () => {
    const decoder = new StatDecoder()
    const orders = [[1, 2, 3], [1, 3, 2], [300, 3, 1, 2], [1, 2], [], [2, 300, 1, 1]]
    for (const ports of [...orders, ...orders]) {
      const { records } = decoder.decode(report(...ports))
      assert.deepEqual(
        records.map(({ head }) => head.slavePort),
        ports,
      )
    }
  })

  const Head = struct({ n: req(0, int) })
  const table = (maxHeads: number) => {
    const heads = new HeadTable((reader) => {
      reader.type = 10
      return Head.read(reader)
    }, maxHeads)
    return {
      heads,
      read: (n: number) => {
        const framed = Buffer.concat([Buffer.of(0x0a), Head.bare.encode({ n }), Buffer.of(0x0b)])
        return heads.read(new Reader(framed), 1)
      },
    }
  }

  it('are forgotten when two generations have passed', () => {
    const { heads, read } = table(10)
    const first = read(1)
    for (let n = 100; n < 110; n++) read(n)
    assert.equal(read(1), first, 'still in the older generation, and now in the younger')
    for (let n = 200; n < 230; n++) read(n)
    assert.notEqual(read(1), first)
    assert.deepEqual(read(1), first)
    assert.ok(heads.size <= 20)
  })

  it('never are more than two generations', () => {
    const { heads, read } = table(50)
    for (let n = 0; n < 1_000; n++) read(n)
    assert.ok(heads.size <= 100, `${heads.size}`)
  })
})

describe('a notify of the old functions', () => {
  it('reportServer is a REPORT of App.Server', () => {
    const body = NotifyF.reportServer.request.encode({
      sServerName: 'Demo.PayServer',
      sThreadId: '-1',
      sMessage: '[alarm] server exit with code 1',
    })
    assert.partialDeepStrictEqual(decodeNotifyReport('reportServer', body), {
      via: 'reportServer',
      info: {
        eType: 0,
        sApp: 'Demo',
        sServer: 'PayServer',
        sThreadId: '-1',
        sMessage: '[alarm] server exit with code 1',
      },
    })
  })

  it('notifyServer is a NOTIFY with its level', () => {
    const body = NotifyF.notifyServer.request.encode({
      sServerName: 'lonely',
      level: 2,
      sMessage: 'no money',
    })
    assert.partialDeepStrictEqual(decodeNotifyReport('notifyServer', body).info, {
      eType: 1,
      eLevel: 2,
      sApp: '',
      sServer: 'lonely',
      sMessage: 'no money',
    })
  })
})
