/** Whatever arrives: decoded, or refused by a typed error, in bounded time and memory. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '../../src/tars/decode-error.ts'
import { methodNamed } from '../../src/tars/idl/interfaces.ts'
import { StatF, StatMicMsgHead } from '../../src/tars/idl/stat-f.ts'
import { decodeNotifyReport } from '../../src/tars/notify-report.ts'
import { decodePacket } from '../../src/tars/packet.ts'
import { PropertyDecoder } from '../../src/tars/property-report.ts'
import { StatDecoder } from '../../src/tars/stat-report.ts'
import { captured } from './captured-packets.ts'

/** Generous, for packets of some KB. Times are of this thread's CPU, so that other processes do not count. */
const WORST_MS = 100

const packets = captured.map(({ packet }) => packet)
const stat = new StatDecoder()
const property = new PropertyDecoder()

type Mutation = (packet: Buffer) => Buffer

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const at = (packet: Buffer, where: number) => 4 + Math.floor(where * (packet.length - 4))

const bitFlip = fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(([where, bit]): Mutation => {
  return (packet) => edited(packet, at(packet, where), (byte) => byte ^ (1 << bit))
})
const truncation = place.map(
  (where): Mutation =>
    (packet) =>
      packet.subarray(0, at(packet, where)),
)
const splice = fc
  .tuple(fc.constantFrom(...packets), place, place)
  .map(([other, from, to]): Mutation => {
    return (packet) =>
      Buffer.concat([packet.subarray(0, at(packet, to)), other.subarray(at(other, from))])
  })
const noise = fc.tuple(place, fc.uint8Array({ maxLength: 200 })).map(([where, bytes]): Mutation => {
  return (packet) => inserted(packet, at(packet, where), Buffer.from(bytes))
})
/** Struct in struct, list of list, map in map: as deep as 100,000. */
const nesting = fc
  .tuple(
    place,
    fc.constantFrom('fa63', '0a', '090001', '08000100'),
    fc.integer({ min: 1, max: 25_000 }),
  )
  .map(([where, hex, depth]): Mutation => {
    return (packet) =>
      inserted(packet, at(packet, where), Buffer.alloc(depth * (hex.length / 2), hex, 'hex'))
  })
/** Sizes up to 2^31 - 1 and below zero, as of lists, maps, bytes and texts. */
const hugeSize = fc
  .tuple(place, fc.constantFrom('09', '08', '0d00', '07', '19', '18'), fc.integer())
  .map(([where, hex, size]): Mutation => {
    const bytes = Buffer.concat([Buffer.from(`${hex}02`, 'hex'), Buffer.alloc(4)])
    bytes.writeInt32BE(size, bytes.length - 4)
    return (packet) => inserted(packet, at(packet, where), bytes)
  })

const mutated = fc
  .tuple(
    fc.constantFrom(...packets),
    fc.array(fc.oneof(bitFlip, truncation, splice, noise, nesting, hugeSize), {
      minLength: 1,
      maxLength: 4,
    }),
    fc.boolean(),
  )
  .map(([packet, mutations, keepLength]) => {
    const result = Buffer.from(mutations.reduce((bytes, mutate) => mutate(bytes), packet))
    // Mostly with a true length, or the decoder would look no further.
    if (!keepLength && result.length >= 4) result.writeUInt32BE(result.length, 0)
    return result
  })

describe('10,000 mutated packets', () => {
  const outcome = { decoded: 0, refused: 0, worstMs: 0 }

  it('are decoded or refused by a typed error, each within bounded time', () => {
    fc.assert(
      fc.property(mutated, (packet) => {
        const start = cpuMs()
        for (const decode of [decodeGenerically, decodeDirectly]) {
          outcome[isTyped(() => decode(packet)) ? 'refused' : 'decoded']++
        }
        const ms = cpuMs() - start
        outcome.worstMs = Math.max(outcome.worstMs, ms)
        assert.ok(ms < WORST_MS, `${ms} ms for ${packet.length} bytes`)
      }),
      { numRuns: 10_000, endOnFailure: true },
    )
  })

  it('were of both kinds', () => {
    assert.ok(outcome.decoded > 500, JSON.stringify(outcome))
    assert.ok(outcome.refused > 500, JSON.stringify(outcome))
  })

  it('are judged alike by the direct decoder and the schema', () => {
    fc.assert(
      fc.property(mutated, (packet) => {
        assert.equal(
          isTyped(() => decodeDirectly(packet)),
          isTyped(() => decodeGenerically(packet)),
        )
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('packets made to be slow', () => {
  const empty = StatMicMsgHead.zero()
  const none = {
    count: 0,
    timeoutCount: 0,
    execCount: 0,
    intervalCount: [],
    totalRspTime: 0,
    maxRspTime: 0,
    minRspTime: 0,
  }
  const tinyHeads = StatF.reportMicMsg.request.encode({
    msg: Array.from({ length: 30_000 }, (_, slavePort) => [{ ...empty, slavePort }, none] as const),
    bFromClient: true,
  })

  it('30,000 tiny heads take no longer than 15 ms', () => {
    const ms = fastest(() => new StatDecoder().decode(tinyHeads))
    assert.ok(ms <= 15, `${ms} ms`)
  })

  it('a size that cannot fit is refused before anything is kept', () => {
    const lie = Buffer.from('18027fffffff', 'hex')
    assert.throws(() => stat.decode(lie), { reason: 'bad-size' })
    assert.throws(() => property.decode(lie), { reason: 'bad-size' })
  })

  it('1 MB of open structs is refused at the depth limit', () => {
    assert.throws(() => stat.decode(Buffer.alloc(1_000_000, 0x0a)), { reason: 'too-deep' })
  })
})

function decodeGenerically(packet: Buffer): void {
  const message = decodePacket(packet)
  if (message.kind === 'request')
    methodNamed(message.header.sFuncName)?.request.decode(message.body)
}

function decodeDirectly(packet: Buffer): void {
  const message = decodePacket(packet)
  if (message.kind === 'response') return
  const { sFuncName } = message.header
  if (sFuncName === 'reportMicMsg') stat.decode(message.body)
  else if (sFuncName === 'reportPropMsg') property.decode(message.body)
  else if (sFuncName === 'reportNotifyInfo') decodeNotifyReport(sFuncName, message.body)
  else decodeGenerically(packet)
}

/** Whether it was refused; any other error than a typed one fails the test. */
function isTyped(decode: () => void): boolean {
  try {
    decode()
    return false
  } catch (error) {
    if (error instanceof DecodeError) return true
    throw error
  }
}

function edited(packet: Buffer, index: number, edit: (byte: number) => number): Buffer {
  const copy = Buffer.from(packet)
  if (index < copy.length) copy[index] = edit(copy[index] ?? 0)
  return copy
}

function inserted(packet: Buffer, index: number, bytes: Buffer): Buffer {
  return Buffer.concat([packet.subarray(0, index), bytes, packet.subarray(index)])
}

function fastest(run: () => unknown): number {
  const times = Array.from({ length: 10 }, () => {
    const start = cpuMs()
    run()
    return cpuMs() - start
  })
  return Math.min(...times)
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
