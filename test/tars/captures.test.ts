import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AdminReg } from '../../src/tars/idl/admin-reg.ts'
import { methodNamed } from '../../src/tars/idl/interfaces.ts'
import { MonitorQuery } from '../../src/tars/idl/monitor-query.ts'
import type { StatPropInfo } from '../../src/tars/idl/property-f.ts'
import { QueryF } from '../../src/tars/idl/query-f.ts'
import { decodeNotifyReport } from '../../src/tars/notify-report.ts'
import { decodePacket, encodeRequest, encodeResponse } from '../../src/tars/packet.ts'
import { PropertyDecoder } from '../../src/tars/property-report.ts'
import { StatDecoder } from '../../src/tars/stat-report.ts'
import {
  type Captured,
  expectedOf,
  packetOf,
  requests,
  requestsOf,
  responses,
} from './captured-packets.ts'

describe('a captured request', () => {
  for (const each of requests) {
    it(`${each.file} decodes to the form given`, () => {
      const { header, args } = decodeBySchema(each.packet)
      assert.deepEqual(header, each.header)
      assert.deepEqual(asShown(args), expectedOf(each))
    })
  }

  for (const each of requests) {
    it(`${each.file} encodes again to a packet that decodes the same`, () => {
      const { header, args, method } = decodeBySchema(each.packet)
      const again = encodeRequest(header, method.request.encode(args))
      assert.deepEqual(decodeBySchema(again), decodeBySchema(each.packet))
    })
  }
})

describe('the direct decoder reads the same as the schema', () => {
  const stat = new StatDecoder()
  for (const each of requestsOf('reportMicMsg')) {
    it(each.file, () => {
      const report = stat.decode(bodyOf(each))
      const msg = report.records.map(({ head, intervalCount, ...counters }) => [
        head,
        { ...counters, intervalCount: pairsOf(intervalCount) },
      ])
      assert.deepEqual({ msg, bFromClient: Number(report.fromClient) }, expectedOf(each))
    })
  }

  const property = new PropertyDecoder()
  for (const each of requestsOf('reportPropMsg')) {
    it(each.file, () => {
      const statmsg = property
        .decode(bodyOf(each))
        .records.map(({ head, vInfo }) => [head, { vInfo }])
      assert.deepEqual({ statmsg }, decodeBySchema(each.packet).args)
    })
  }

  for (const each of requestsOf('reportNotifyInfo')) {
    it(each.file, () => {
      const { info } = decodeNotifyReport('reportNotifyInfo', bodyOf(each))
      assert.deepEqual({ info }, expectedOf(each))
    })
  }
})

describe('a captured response', () => {
  for (const each of responses) {
    it(`${each.file} has the header given`, () => {
      const { kind, header } = decodePacket(each.packet)
      assert.equal(kind, 'response')
      assert.deepEqual(header, { ...each.header, context: null })
    })

    it(`${each.file} encodes again to a packet that decodes the same`, () => {
      const first = decodePacket(each.packet)
      assert(first.kind === 'response')
      assert.deepEqual(decodePacket(encodeResponse(first.header, first.body)), first)
    })
  }

  for (const each of responses.filter(({ body_tags }) => body_tags)) {
    it(`${each.file} is the result of MonitorQuery.query`, () => {
      const { ret, rsp } = MonitorQuery.query.response.decode(decodePacket(each.packet).body)
      const tags = each.body_tags?.['2'] as Record<string, unknown>
      assert.equal(ret, each.body_tags?.['0'])
      assert.equal(rsp.ret, tags['0'])
      assert.equal(rsp.msg, tags['1'] ?? '')
      assert.equal(rsp.lastTime, tags['2'])
      assert.deepEqual(rsp.retThreads, tags['5'])
      assert.deepEqual(rsp.result, tags['6'] ?? [])
    })
  }
})

describe('a call to the real registries', () => {
  const calls: [number, string, (body: Buffer) => unknown, unknown][] = [
    [
      2,
      'getProfileTemplate',
      AdminReg.getProfileTemplate.response.decode,
      { ret: 0, profileTemplate: '' },
    ],
    [
      5,
      'getAllApplicationNames',
      AdminReg.getAllApplicationNames.response.decode,
      { ret: ['RigNode', 'tars'], result: '' },
    ],
    [9, 'getVersion', AdminReg.getVersion.response.decode, { ret: 0, version: '3.0.17' }],
    [10, 'pingNode', AdminReg.pingNode.response.decode, { ret: true, result: 'ping succ' }],
    [
      15,
      'findObjectById4Any',
      QueryF.findObjectById4Any.response.decode,
      { ret: 0, activeEp: [], inactiveEp: [] },
    ],
  ]
  for (const [number, name, decode, expected] of calls) {
    it(`${number} ${name}`, () => {
      const { header } = decodeBySchema(packetOf(`registry-request-${number}.bin`))
      assert.equal(header.sFuncName, name)
      assert.deepEqual(
        decode(decodePacket(packetOf(`registry-response-${number}.bin`)).body),
        expected,
      )
    })
  }

  it('11 findObjectById: where the object is', () => {
    const { body } = decodePacket(packetOf('registry-response-11.bin'))
    const [endpoint] = QueryF.findObjectById.response.decode(body).ret
    assert.partialDeepStrictEqual(endpoint, { host: '127.0.0.1', port: 28393, istcp: 1 })
  })
})

function decodeBySchema(packet: Buffer) {
  const request = decodePacket(packet)
  assert(request.kind === 'request')
  const method = methodNamed(request.header.sFuncName)
  assert(method)
  return { header: request.header, method, args: method.request.decode(request.body) }
}

function bodyOf({ packet }: Captured): Buffer {
  return decodePacket(packet).body
}

/** index.json shows a bool as the byte it is, and property values as `[policy, value]`. */
function asShown(args: unknown): unknown {
  return JSON.parse(JSON.stringify(args), (_, value) => {
    if (typeof value === 'boolean') return Number(value)
    return value?.vInfo?.map((each: StatPropInfo) => [each.policy, each.value]) ?? value
  })
}

function pairsOf(flat: readonly number[]): (number | undefined)[][] {
  return flat.flatMap((bound, i) => (i % 2 === 0 ? [[bound, flat[i + 1]]] : []))
}
