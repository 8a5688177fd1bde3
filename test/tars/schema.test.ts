import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError, type DecodeReason } from '../../src/tars/decode-error.ts'
import {
  bool,
  bytes,
  double,
  int,
  list,
  long,
  map,
  method,
  nullable,
  opt,
  req,
  str,
  struct,
} from '../../src/tars/schema.ts'

const Inner = struct({ id: req(0, long), label: opt(200, str, 'none') })
const Everything = struct({
  int: req(0, int),
  long: req(1, long),
  bool: req(2, bool),
  double: req(3, double),
  text: req(14, str),
  bytes: req(15, bytes),
  list: req(16, list(str)),
  map: req(17, map(str, list(int))),
  byStruct: req(18, map(Inner, Inner)),
  maybe: nullable(19, str),
})

const innerValue = fc.record(
  { id: fc.maxSafeInteger(), label: fc.string() },
  { noNullPrototype: true },
)
const anyValue = fc.record(
  {
    int: fc.integer(),
    long: fc.maxSafeInteger(),
    bool: fc.boolean(),
    double: fc.double(),
    text: fc.string({ unit: 'grapheme', maxLength: 400 }),
    bytes: fc.uint8Array().map((array) => Buffer.from(array)),
    list: fc.array(fc.string()),
    map: fc.array(fc.tuple(fc.string(), fc.array(fc.integer()))),
    byStruct: fc.array(fc.tuple(innerValue, innerValue)),
    maybe: fc.option(fc.string()),
  },
  { noNullPrototype: true },
)

describe('a struct', () => {
  it('decodes to what was encoded, whatever it holds', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        assert.deepEqual(Everything.bare.decode(Everything.bare.encode(value)), value)
      }),
    )
  })

  it('is decoded by a reader that knows fewer of its fields', () => {
    const Few = struct({ double: req(3, double), maybe: nullable(19, str) })
    fc.assert(
      fc.property(anyValue, (value) => {
        const { double, maybe } = value
        assert.deepEqual(Few.bare.decode(Everything.bare.encode(value)), { double, maybe })
      }),
    )
  })

  it('fills in optional fields that a writer did not know', () => {
    const Old = method({ inner: req(1, struct({ id: req(0, long) })) }, {})
    const New = method({ inner: req(1, Inner) }, {})
    const body = Old.request.encode({ inner: { id: 7 } })
    assert.deepEqual(New.request.decode(body), { inner: { id: 7, label: 'none' } })
  })

  it('leaves out only what is null', () => {
    const absent = { ...Everything.zero(), maybe: null }
    const empty = { ...Everything.zero(), maybe: '' }
    assert.notDeepEqual(Everything.bare.encode(absent), Everything.bare.encode(empty))
    assert.equal(Everything.bare.decode(Everything.bare.encode(empty)).maybe, '')
  })
})

describe('bytes on the wire', () => {
  const One = { long: struct({ v: req(0, long) }), int: struct({ v: req(0, int) }) }
  const widths: [string, number, string][] = [
    ['0 has no bytes', 0, '0c'],
    ['-128 has one', -128, '0080'],
    ['128 has two', 128, '010080'],
    ['-32769 has four', -32_769, '02ffff7fff'],
    ['2^31 has eight', 2 ** 31, '030000000080000000'],
    ['-(2^53 - 1) has eight', Number.MIN_SAFE_INTEGER, '03ffe0000000000001'],
  ]
  for (const [name, value, hex] of widths) {
    it(`integer ${name}`, () => {
      assert.equal(One.long.bare.encode({ v: value }).toString('hex'), hex)
      assert.equal(One.long.bare.decode(Buffer.from(hex, 'hex')).v, value)
    })
  }

  it('text of 255 bytes is short, of 256 is long', () => {
    const Text = struct({ v: req(0, str) })
    assert.equal(Text.bare.encode({ v: 'a'.repeat(255) })[0], 6)
    assert.equal(Text.bare.encode({ v: 'é'.repeat(128) })[0], 7)
  })

  it('a vector<byte> may come as bytes or as an ordinary list', () => {
    const Blob = struct({ v: req(0, bytes) })
    const asList = Buffer.from('09000300010c00ff', 'hex')
    assert.deepEqual(Blob.bare.decode(asList).v, Buffer.from([1, 0, 255]))
    assert.deepEqual(
      Blob.bare.decode(Buffer.from('0d0000030100ff', 'hex')).v,
      Buffer.from([1, 0, 255]),
    )
  })

  it('-0 stays -0', () => {
    const Real = struct({ v: req(0, double) })
    assert.ok(Object.is(Real.bare.decode(Real.bare.encode({ v: -0 })).v, -0))
  })

  it('a float is taken for a double', () => {
    const Real = struct({ v: req(0, double) })
    assert.equal(Real.bare.decode(Buffer.from('043fc00000', 'hex')).v, 1.5)
  })
})

describe('what is no such value', () => {
  const Shape = struct({
    n: opt(0, int),
    s: opt(1, str),
    l: opt(2, list(int)),
    m: opt(3, map(str, str)),
  })
  const deep = `4a${'0a'.repeat(40)}${'0b'.repeat(41)}`
  const cases: [string, string, DecodeReason][] = [
    ['an integer cut short', '0100', 'truncated'],
    ['a text longer than what is left', '16ff41', 'truncated'],
    ['a text of 4 GB', '17ffffffff', 'truncated'],
    ['a text where an integer belongs', '060141', 'wrong-type'],
    ['an unknown type', '0e', 'wrong-type'],
    ['a list of 2^31 - 1', '29027fffffff', 'bad-size'],
    ['a list of -1', '2900ff', 'bad-size'],
    ['a map of more pairs than bytes', '380002060006000600', 'bad-size'],
    ['an integer beyond 32 bits', '030000000100000000', 'out-of-range'],
    ['an unknown field 41 structs deep', deep, 'too-deep'],
  ]
  for (const [name, hex, reason] of cases) {
    it(`${name}: ${reason}`, () => {
      // Field 9 makes the reader walk over the unknown field before it.
      const Whole = struct({ shape: req(1, struct({})), last: opt(9, int) })
      const decode = hex === deep ? Whole.bare.decode : Shape.bare.decode
      const buffer = Buffer.from(hex === deep ? `1a0b${hex}` : hex, 'hex')
      assert.throws(() => decode(buffer), { name: 'DecodeError', reason, code: -1 })
    })
  }

  it('an integer that a number cannot hold: out-of-range, on both ways', () => {
    const Count = struct({ v: req(0, long) })
    assert.throws(() => Count.bare.decode(Buffer.from('030020000000000000', 'hex')), {
      reason: 'out-of-range',
    })
    assert.throws(() => Count.bare.encode({ v: 2 ** 53 }), RangeError)
    assert.throws(() => Count.bare.encode({ v: 1.5 }), RangeError)
  })

  it('a required field that is missing is named', () => {
    const Strict = struct({ name: req(3, str) })
    assert.throws(() => Strict.bare.decode(Buffer.from('0c', 'hex')), {
      reason: 'missing-field',
      message: 'byte 1 of 1: required name (tag 3) is missing',
    })
  })

  it('is always told by a DecodeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          Everything.bare.decode(Buffer.from(noise))
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error))
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
