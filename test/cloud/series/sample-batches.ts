/** Batches of samples made up by fast-check. */
import fc from 'fast-check'
import type { SeriesSamples } from '../../../src/model/sample-batch.ts'

const ODD_BITS = [
  0n,
  0x8000_0000_0000_0000n,
  // Prometheus' stale marker, its ordinary NaN, another one.
  0x7ff0_0000_0000_0002n,
  0x7ff8_0000_0000_0001n,
  0xfff0_dead_beef_0001n,
  0x7ff0_0000_0000_0000n,
  0xfff0_0000_0000_0000n,
  1n,
]

/** A double as its bits. */
export const bits = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -5, max: 1000 }).map((value) => bitsOf([value])[0]) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_BITS) },
  { weight: 1, arbitrary: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) },
) as fc.Arbitrary<bigint>

export const labelSet = fc.record({
  __name__: fc.constantFrom('up', 'requests_total', 'höhe'),
  job: fc.constantFrom('', 'a', 'b'),
  instance: fc.constantFrom('', '1', '2', '10', '__proto__'),
})

/** `times`: from which those of a series are taken, ascending. */
export function seriesSamples(times: fc.Arbitrary<number>): fc.Arbitrary<SeriesSamples> {
  return fc
    .record({
      labels: labelSet,
      samples: fc.uniqueArray(fc.tuple(times, bits), { selector: ([time]) => time, maxLength: 20 }),
    })
    .map(({ labels, samples }) => {
      const ascending = samples.sort(([a], [b]) => a - b)
      const times = Float64Array.from(ascending, ([time]) => time)
      const values = floatsOf(ascending.map(([, value]) => value))
      return { labels, times, values }
    })
}

export function floatsOf(bits: readonly bigint[]): Float64Array {
  return new Float64Array(BigUint64Array.from(bits).buffer)
}

export function bitsOf(values: ArrayLike<number>): bigint[] {
  const floats = values instanceof Float64Array ? values : Float64Array.from(values)
  return [...new BigUint64Array(floats.buffer, floats.byteOffset, floats.length)]
}
