import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeRecord, scanRecords } from '../../../../src/cloud/series/log/log-record.ts'
import { randomOf } from '../../../wire/traffic.ts'

const records = [1, 2, 3, 4].map((at) => ({
  receivedAt: at + 0.5,
  bytes: Buffer.concat([Buffer.from('TALB'), Buffer.alloc(at * 10, at)]),
}))
const encoded = records.map(encodeRecord)
const segment = Buffer.concat(encoded)
/** Where each record begins. */
const starts = encoded.map((_, at) => Buffer.concat(encoded.slice(0, at)).length)

function scan(bytes: Buffer) {
  const found: number[] = []
  const damage = scanRecords(bytes, (record) => {
    assert.deepEqual(record, records[record.receivedAt - 1.5])
    found.push(record.receivedAt - 0.5)
  })
  return { found, ...damage }
}

function broken(at: number): Buffer {
  const bytes = Buffer.from(segment)
  bytes[at] = (bytes[at] ?? 0) ^ 0xff
  return bytes
}

describe('a segment', () => {
  it('gives back its records', () => {
    assert.deepEqual(scan(segment), { found: [1, 2, 3, 4], broken: 0, tornBytes: 0 })
  })

  it('torn at any byte gives the whole ones before and counts the rest', () => {
    for (let length = 0; length < segment.length; length++) {
      const whole = starts.filter((_, at) => (starts[at + 1] ?? segment.length) <= length).length
      const found = [1, 2, 3, 4].slice(0, whole)
      const tornBytes = length - (starts[whole] ?? 0)
      assert.deepEqual(scan(segment.subarray(0, length)), { found, broken: 0, tornBytes })
    }
  })

  it('with any byte of the second record changed loses that one only', () => {
    for (let at = starts[1] ?? 0; at < (starts[2] ?? 0); at++) {
      assert.deepEqual(scan(broken(at)), { found: [1, 3, 4], broken: 1, tornBytes: 0 })
    }
  })

  it('of random bytes never throws', () => {
    const random = randomOf(1)
    for (let run = 0; run < 500; run++) {
      const bytes = Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)))
      assert.equal(scan(Buffer.concat([bytes, segment])).found.length, 4)
    }
  })
})
