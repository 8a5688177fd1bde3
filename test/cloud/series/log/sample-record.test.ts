import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeSamples,
  encodeSamples,
  isSampleRecord,
} from '../../../../src/cloud/series/log/sample-record.ts'
import { type SampleBatch, sampleBatchOf } from '../../../../src/model/sample-batch.ts'
import { WireError } from '../../../../src/wire/failure.ts'
import { bitsOf, seriesSamples } from '../sample-batches.ts'

const series = fc.array(seriesSamples(fc.integer({ min: 0, max: 2 ** 48 })), { maxLength: 8 })

function shown({ values, ...rest }: SampleBatch) {
  return { ...rest, values: bitsOf(values) }
}

describe('the record of a batch of samples', () => {
  it('says what it was made of, bit for bit', () => {
    fc.assert(
      fc.property(series, fc.boolean(), (series, replaces) => {
        const before = { ...sampleBatchOf(series), ...(replaces && { replaces }) }
        const bytes = encodeSamples(before)
        assert.ok(isSampleRecord(bytes))
        assert.deepEqual(shown(decodeSamples(bytes)), shown(before))
      }),
    )
  })

  it('is not longer than it must be: each label once, a byte for what is as before', () => {
    const values = Float64Array.of(1.5)
    const series = Array.from({ length: 100 }, (_, i) => ({
      labels: { __name__: 'up', instance: `host-${i % 10}`, job: 'a job of some length' },
      times: Float64Array.of(1.7e12),
      values,
    }))
    const { length } = encodeSamples(sampleBatchOf(series))
    assert.ok(length < 100 * (8 + 1 + 5) + 200, `${length} bytes`)
  })

  it('of anything else a WireError is thrown, and nothing else', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(
        series,
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (series, changes, cut) => {
          const whole = Buffer.from(encodeSamples(sampleBatchOf(series)))
          for (const [at, byte] of changes) whole[at % whole.length] = byte
          for (const bytes of [whole, whole.subarray(0, cut % whole.length)]) {
            try {
              decodeSamples(bytes)
            } catch (error) {
              assert.ok(error instanceof WireError, String(error))
            }
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('what is cut off is noticed, wherever', () => {
    const [series] = fc.sample(seriesSamples(fc.integer({ min: 0, max: 1e12 })), {
      numRuns: 1,
      seed: 7,
    })
    const bytes = encodeSamples(sampleBatchOf(series ? [series] : []))
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeSamples(bytes.subarray(0, length)), WireError, `${length} bytes`)
    }
    assert.throws(() => decodeSamples(Buffer.concat([bytes, Buffer.alloc(1)])), WireError)
  })

  it('a count that no record of its size can have allocates nothing', () => {
    const names = Buffer.from([...Buffer.from('TALS'), 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])
    assert.throws(() => decodeSamples(names), /things in 11 bytes/)
  })
})
