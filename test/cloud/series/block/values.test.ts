import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { PADDING_BYTES } from '../../../../src/cloud/series/block/bits.ts'
import { Cursor } from '../../../../src/cloud/series/block/cursor.ts'
import { decodeValues, skipValues } from '../../../../src/cloud/series/block/decode-values.ts'
import { encodeValues } from '../../../../src/cloud/series/block/encode-values.ts'
import { ByteWriter } from '../../../../src/wire/bytes.ts'

/** Two words for each value: what JavaScript does to NaN when it looks at it does not matter here. */
type Bits = Uint32Array

function encode(bits: Bits): Uint8Array {
  const writer = new ByteWriter()
  encodeValues(writer, new Float64Array(bits.buffer, 0, bits.length / 2))
  return writer.finish()
}

function decode(bytes: Uint8Array, rows: number, from = 0, to = rows): Bits {
  const out = new Float64Array(to - from)
  const padded = Buffer.concat([bytes, Buffer.alloc(PADDING_BYTES)])
  decodeValues(new Cursor(padded), rows, { from, to, into: 0 }, out)
  return new Uint32Array(out.buffer)
}

function bitsOf(values: readonly number[]): Bits {
  return new Uint32Array(Float64Array.from(values).buffer)
}

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const NAN = [2, 0x7ff0_0000]
const special = fc.constantFrom(
  NAN,
  [1, 0x7ff8_0000],
  [0xdead_beef, 0xfff7_1234],
  [0, 0x8000_0000],
  [0, 0x7ff0_0000],
  [0, 0xfff0_0000],
  [1, 0],
)
const shaped = fc.oneof(
  fc.nat(300),
  fc.integer(),
  fc.integer({ min: -(2 ** 53), max: 2 ** 53 }),
  fc.nat(100_000).map((cents) => cents / 100),
  fc.double({ noNaN: true }),
  fc.constant(0),
)
/** Mostly of one kind, as columns are, with some of another in between. */
const columns = fc
  .tuple(
    fc.constantFrom(
      fc.nat(50),
      fc.integer({ min: 1e6, max: 1e6 + 1000 }),
      fc.integer({ min: -(2 ** 50), max: 2 ** 50 }),
      fc.nat(100_000).map((cents) => cents / 100),
      fc.double({ noNaN: true }),
      fc.constant(7.5),
    ),
    fc.integer({ min: 0, max: 12 }),
  )
  .chain(([kind, rare]) => {
    const regular = { weight: 30, arbitrary: kind.map((one) => [...bitsOf([one])]) }
    const other = fc.oneof(
      special,
      fc.tuple(word, word),
      shaped.map((one) => [...bitsOf([one])]),
    )
    return fc.array(fc.oneof(regular, { weight: rare, arbitrary: other }), {
      minLength: 1,
      maxLength: 200,
      size: 'max',
    })
  })
  .map((pairs) => Uint32Array.from(pairs.flat()))

describe('values of a column', () => {
  it('come back bit for bit, whatever they are, all or a part', () => {
    fc.assert(
      fc.property(columns, fc.nat(), fc.nat(), (bits, a, b) => {
        const rows = bits.length / 2
        const bytes = encode(bits)
        assert.deepEqual(decode(bytes, rows), bits)
        const [from = 0, to = 0] = [a % (rows + 1), b % (rows + 1)].sort((x, y) => x - y)
        assert.deepEqual(decode(bytes, rows, from, to), bits.slice(2 * from, 2 * to))
      }),
      { numRuns: 600 },
    )
  })

  it('of a counter come back, resets and stale markers and all', () => {
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.nat(1000) },
      { weight: 1, arbitrary: fc.constant(-1) },
    )
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 300, size: 'max' }), (steps) => {
        let total = 1e12
        const bits = bitsOf(
          steps.map((by) => {
            total = by < 0 ? 0 : total + by
            return total
          }),
        )
        bits.set(NAN, bits.length - 2)
        assert.deepEqual(decode(encode(bits), steps.length), bits)
      }),
    )
  })

  it('are stepped over to where they end', () => {
    fc.assert(
      fc.property(columns, (bits) => {
        const bytes = encode(bits)
        const cursor = new Cursor(bytes)
        skipValues(cursor, bits.length / 2)
        assert.equal(cursor.at, bytes.length)
      }),
    )
  })

  const sizes: [name: string, values: number[], bytes: number][] = [
    ['zeros', new Array(120).fill(0), 1],
    ['one number', new Array(120).fill(1234), 5],
    ['one fraction', new Array(120).fill(1 / 3), 9],
    ['small counts: some bits each', Array.from({ length: 120 }, (_, row) => row % 16), 63],
    ['two decimals: as integers', Array.from({ length: 120 }, (_, row) => (row % 16) / 100), 63],
    [
      'a counter: its steps',
      Array.from({ length: 121 }, (_, row) => 1e9 + row * 50 + (row % 4)),
      53,
    ],
    ['a rare large one stands beside', [...new Array(119).fill(3), 900], 7],
    ['anything: as it is', Array.from({ length: 120 }, (_, row) => Math.sqrt(row + 2)), 961],
  ]
  for (const [name, values, bytes] of sizes) {
    it(`take few bytes: ${name}`, () => {
      const encoded = encode(bitsOf(values))
      assert.ok(encoded.length <= bytes, `${encoded.length} bytes`)
      assert.deepEqual(decode(encoded, values.length), bitsOf(values))
    })
  }
})
