/** Connections hold what they are counted for, and little more. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PacketStream } from '../../src/tars/packet-stream.ts'

class Packets extends PacketStream {
  constructor() {
    super({ maxPacketBytes: 10 * 1024 * 1024, hold: () => true })
  }

  protected take(content: Buffer): void {
    this.onPacket(content)
  }

  onPacket(_content: Buffer): void {}

  protected fault(): void {}
}

function packet(content: Buffer): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt32BE(4 + content.length)
  return Buffer.concat([head, content])
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function usedBytes(): number {
  // Buffers are freed by another thread, which the next collection waits for.
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('a stream of packets', () => {
  it('comes whole out of pieces of any size', () => {
    const contents = [1, 300, 0, 70_000, 5].map((length) => Buffer.alloc(length, length))
    const bytes = Buffer.concat(contents.map(packet))
    for (const size of [1, 2, 3, 7, 1000, bytes.length]) {
      const stream = new Packets()
      const taken: Buffer[] = []
      stream.onPacket = (content) => taken.push(Buffer.from(content))
      for (let at = 0; at < bytes.length; at += size) stream.feed(bytes.subarray(at, at + size))
      assert.deepEqual(taken, contents, `pieces of ${size} bytes`)
    }
  })

  it('sent byte by byte takes no more room than at once', () => {
    const stream = new Packets()
    const before = usedBytes()
    stream.feed(packet(Buffer.alloc(1_000_000)).subarray(0, 4))
    for (let i = 0; i < 200_000; i++) stream.feed(Buffer.allocUnsafeSlow(1))
    const grown = usedBytes() - before
    assert.ok(grown < 4_000_000, `${grown} bytes for 200,000`)
    stream.reset()
  })

  it('keeps nothing of what was fed, which may be filled anew', () => {
    const contents = [3, 300, 40_000].map((length) => Buffer.alloc(length, length))
    const bytes = Buffer.concat(contents.map(packet))
    const stream = new Packets()
    const taken: Buffer[] = []
    stream.onPacket = (content) => taken.push(Buffer.from(content))
    const buffer = Buffer.alloc(97)
    for (let at = 0; at < bytes.length; at += buffer.length) {
      const length = bytes.copy(buffer, 0, at)
      stream.feed(buffer.subarray(0, length))
      buffer.fill(0xff)
    }
    assert.deepEqual(taken, contents)
  })

  it('makes no room for a size that was only declared', () => {
    const streams = Array.from({ length: 50 }, () => new Packets())
    const beginning = Buffer.from('000f42400000', 'hex')
    const before = usedBytes()
    for (const stream of streams) stream.feed(beginning)
    const grown = usedBytes() - before
    assert.ok(grown < 1_000_000, `${grown} bytes for 300`)
    assert.equal(streams.length, 50)
  })

  it('keeps nothing of a packet that was taken', () => {
    const streams = Array.from({ length: 50 }, () => new Packets())
    const before = usedBytes()
    for (const stream of streams) {
      stream.feed(Buffer.concat([packet(Buffer.alloc(1_000_000)), Buffer.alloc(3)]))
    }
    const grown = usedBytes() - before
    assert.ok(grown < 4_000_000, `${grown} bytes for 150`)
    assert.equal(streams.length, 50)
  })
})
