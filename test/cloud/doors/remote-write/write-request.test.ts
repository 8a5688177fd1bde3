import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { remoteWrite1, remoteWrite2 } from '../../../../scripts/bench/peers/remote-write.ts'
import { RemoteWriteFailure } from '../../../../src/cloud/doors/remote-write/failure.ts'
import { REMOTE_WRITE_LIMITS } from '../../../../src/cloud/doors/remote-write/remote-write-routes.ts'
import type {
  ReadSeries,
  RequestLimits,
  Version,
} from '../../../../src/cloud/doors/remote-write/series-reader.ts'
import { WriteRequest } from '../../../../src/cloud/doors/remote-write/write-request.ts'
import { statKeys, statRows } from '../../../wire/traffic.ts'
import { bytes, key, type Sent, varint, version1, version2 } from './encoder.ts'

const T0 = 1_795_000_000_000

function read(body: Buffer, version: Version, limits: Partial<RequestLimits> = {}): Plain[] {
  const all = new WriteRequest(body, version, { ...REMOTE_WRITE_LIMITS, ...limits }).series()
  return Array.from(all, (series) => (series ? [plain(series)] : [])).flat()
}

type Plain = ReturnType<typeof plain>

/** To be kept and compared: values by their bits. */
function plain({ labels, fault, samples, histograms, exemplars }: ReadSeries) {
  const { length, times, words } = samples
  return {
    texts: labels.flatMap(({ name, value }) => [name, value]),
    fault,
    times: [...times.subarray(0, length)],
    bits: [...new BigUint64Array(words.buffer, 0, length)],
    histograms,
    exemplars,
  }
}

/** What reading `sent` gives. */
function expected({ labels, samples = [], histograms = 0, exemplars = 0 }: Sent) {
  const values = new Float64Array(samples.length)
  const bits = new BigUint64Array(values.buffer)
  samples.forEach(([, value], i) => {
    if (typeof value === 'bigint') bits[i] = value
    else values[i] = value
  })
  const times = samples.map(([ms]) => ms)
  return { texts: labels.flat(), fault: '', times, bits: [...bits], histograms, exemplars }
}

const sent: fc.Arbitrary<Sent> = fc.record({
  labels: fc.array(
    fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 300 })),
    { maxLength: 12 },
  ),
  samples: fc.array(
    fc.tuple(
      fc.maxSafeInteger(),
      fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.double()),
    ),
    { maxLength: 200 },
  ),
  histograms: fc.nat(3),
  exemplars: fc.nat(3),
})

describe('a request is read as it was sent', () => {
  const requests = fc.array(sent, { maxLength: 10 })

  it('of version 1.0, among fields that are not known', () => {
    fc.assert(
      fc.property(requests, (series) => {
        assert.deepEqual(read(version1(series), 1), series.map(expected))
      }),
    )
  })

  it('of version 2.0, packed or not, symbols first or last', () => {
    fc.assert(
      fc.property(requests, fc.boolean(), fc.boolean(), (series, unpacked, symbolsLast) => {
        const body = version2(series, { unpacked, symbolsLast })
        assert.deepEqual(read(body, 2), series.map(expected))
      }),
    )
  })

  it('as the benches encode it, of either version the same', () => {
    const rows = statRows(statKeys(50), 10_000)
    const first = read(remoteWrite1(rows, T0), 1)
    assert.deepEqual(first, read(remoteWrite2(rows, T0), 2))
    assert.equal(first.length, 50 * 15)
    assert.deepEqual(first[0]?.texts.slice(0, 2), ['__name__', 'tars_calls'])
    assert.deepEqual(first[0]?.times, [T0])
  })

  it('many labels, each several times', () => {
    const labels = (i: number) => [['__name__', 'up'], ['id', `id ${i % 9000}`]] as const // biome-ignore format: a line
    const many = Array.from({ length: 20_000 }, (_, i) => ({ labels: labels(i) }))
    const texts = many.map((series) => series.labels.flat())
    assert.deepEqual(
      read(version1(many), 1).map((series) => series.texts),
      texts,
    )
  })

  it('stale markers and other NaNs keep their bits, also where the engine is warm', () => {
    const nans = [0x7ff0_0000_0000_0002n, 0x7ff8_0000_0000_0001n, 0xfff7_ffff_fff7_ffffn, 2n ** 63n]
    const samples = Array.from({ length: 5000 }, (_, i) => [i, nans[i % 4] ?? 0n] as const)
    for (let round = 0; round < 20; round++) {
      const [series] = read(version1([{ labels: [], samples }]), 1)
      assert.deepEqual(
        series?.bits,
        samples.map(([, bits]) => bits),
      )
      assert.ok(series?.times.every((time, i) => time === i))
    }
  })

  it('an empty one is none', () => {
    for (const version of [1, 2] as const) assert.deepEqual(read(Buffer.alloc(0), version), [])
  })
})

describe('labels that are none are told, and the rest of the request is read', () => {
  const up = ['__name__', 'up'] as const
  const cut = Buffer.from([0xe4, 0xb8])
  const long = 'x'.repeat(4097)
  const cases: readonly (readonly [name: string, labels: Sent['labels'], fault: string])[] = [
    ['a name that is not UTF-8', [[cut, 'a']], 'a label name is not UTF-8'],
    ['a value that is not UTF-8', [['a', cut]], 'the value of label "a" is not UTF-8'],
    ['half a surrogate pair', [['a', Buffer.from([0xed, 0xa0, 0x80])]], 'the value of label "a" is not UTF-8'], // biome-ignore format: a line a case
    ['a long name', [[long, 'a']], 'a label name is longer than 4096 bytes'],
    ['a long value', [['a', long]], 'the value of label "a" is longer than 4096 bytes'],
    ['too many labels', Array.from({ length: 65 }, (_, i) => [`l${i}`, 'x'] as const), 'more than 64 labels'], // biome-ignore format: a line a case
  ]
  for (const [name, labels, fault] of cases) {
    it(name, () => {
      const series = [{ labels }, { labels: [up], samples: [[T0, 1] as const] }]
      for (const [body, version] of [
        [version1(series), 1],
        [version2(series), 2],
      ] as const) {
        // biome-ignore format: pairs
        const [bad, good] = read(body, version)
        assert.equal(bad?.fault, fault)
        assert.deepEqual([good?.texts, good?.fault, good?.times.length], [up, '', 1])
      }
    })
  }

  it('labels that are long together', () => {
    const labels = (bytes: number) =>
      ['a', 'b', 'c', 'd'].map((l) => [l, 'x'.repeat(bytes)] as const)
    const faults = [4095, 4096].map(
      (bytes) => read(version2([{ labels: labels(bytes) }]), 2)[0]?.fault,
    )
    assert.deepEqual(faults, ['', 'labels of more than 16384 characters'])
  })

  it('the replacement character itself is UTF-8', () => {
    assert.equal(read(version1([{ labels: [['a', '\ufffd']] }]), 1)[0]?.fault, '')
  })

  it('a reference past the symbols, and a name without a value', () => {
    const refs = (...all: number[]) =>
      Buffer.concat([
        bytes(4),
        bytes(4, Buffer.from('a')),
        bytes(5, bytes(1, ...all.map((one) => varint(BigInt(one))))),
      ])
    assert.equal(read(refs(1, 2), 2)[0]?.fault, 'the value of label "a" is symbol 2 of 2')
    assert.equal(read(refs(1), 2)[0]?.fault, 'a label name without a value')
    assert.equal(read(refs(-1, 1), 2)[0]?.fault, 'a label name is symbol -1 of 2')
  })
})

describe('bytes that are no such message are refused, with their place', () => {
  const one = version1([{ labels: [['__name__', 'up']], samples: [[T0, 1]] }])
  const cases: readonly (readonly [string, Buffer, Version, string, number])[] = [
    ['a message that ends early', bytes(1, bytes(1)).subarray(0, 3), 1, 'truncated', 1],
    ['a field larger than its message', bytes(1, key(2, 2), varint(9n)), 1, 'truncated', 3],
    ['a number that ends early', Buffer.from([0x08, 0x80]), 1, 'malformed', 1],
    ['a number of 11 bytes', Buffer.from([0x78, ...Array(10).fill(0x80), 0]), 1, 'malformed', 1],
    ['field number 0', Buffer.from([0x00, 0x00]), 1, 'malformed', 0],
    ['a group', Buffer.from([0x7b]), 1, 'malformed', 1],
    ['a series that is a number', Buffer.from([0x08, 0x01]), 1, 'malformed', 1],
    ['a value that is a number', bytes(1, bytes(2, key(1, 0), varint(1n))), 1, 'malformed', 5],
    ['a length of 2^63', Buffer.concat([key(1, 2), varint(2n ** 63n)]), 1, 'truncated', 1],
    ['2.0 where 1.0 was said', version2([{ labels: [] }]), 1, 'malformed', 2],
    ['1.0 where 2.0 was said', one, 2, 'malformed', 8],
    ["symbols that do not begin with ''", bytes(4, Buffer.from('a')), 2, 'malformed', 0],
  ]
  for (const [name, body, version, reason, offset] of cases) {
    it(name, () => {
      assert.throws(
        () => read(body, version),
        (error) => {
          assert.ok(error instanceof RemoteWriteFailure)
          assert.deepEqual([error.reason, error.offset], [reason, offset], error.message)
          assert.match(error.message, new RegExp(`byte ${offset}`))
          return true
        },
      )
    })
  }

  it('what holds more than the limits', () => {
    const many = Array.from({ length: 3 }, (_, i) => ({
      labels: [[`l${i}`, 'x'] as const],
      samples: [[T0, 1] as const],
    }))
    const tooLarge = { reason: 'too-large', message: /more than 2 / }
    assert.throws(() => read(version1(many), 1, { maxSeries: 2 }), tooLarge)
    assert.throws(() => read(version1(many), 1, { maxSamples: 2 }), tooLarge)
    assert.throws(() => read(version2(many), 2, { maxSymbols: 2 }), tooLarge)
    assert.throws(() => read(version1(many), 1, { maxSeriesBytes: 2 }), tooLarge)
    assert.equal(read(version1(many), 1, { maxSeries: 3, maxSamples: 3 }).length, 3)
  })

  it('large ones let others come to their turn, whatever they are made of', () => {
    const some = (text: string, count: number) => Buffer.alloc(2 * count, Buffer.from(text, 'hex'))
    const bodies = [
      ['of series', some('0a00', 50_000), 1, 12],
      ['of unknown fields', some('7801', 50_000), 1, 12],
      ['of symbols', some('2200', 50_000), 2, 24],
      ['of labels', version1(Array.from({ length: 1200 }, () => ({ labels: [['a', 'x'.repeat(900)]] }))), 1, 2], // biome-ignore format: a line
    ] as const
    for (const [name, body, version, atLeast] of bodies) {
      const all = [...new WriteRequest(body, version, REMOTE_WRITE_LIMITS).series()]
      const pauses = all.filter((series) => series === undefined).length
      assert.ok(pauses >= atLeast, `${name}: ${pauses}`)
    }
  })

  it('any change of a message is read or refused in time, never anything else', () => {
    const rows = statRows(statKeys(3), 100)
    const bodies = [remoteWrite1(rows, T0), remoteWrite2(rows, T0)] as const
    const change = fc.record({
      version: fc.constantFrom(1 as const, 2 as const),
      of: fc.constantFrom(0 as const, 1 as const),
      at: fc.nat(),
      remove: fc.nat(20),
      insert: fc.uint8Array({ maxLength: 20 }),
      end: fc.option(fc.nat(), { nil: undefined }),
    })
    const since = process.hrtime.bigint()
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const [{ version, of } = { version: 1, of: 0 } as const] = changes
        let body = bodies[of]
        for (const { at, remove, insert, end } of changes) {
          const from = at % (body.length + 1)
          body = Buffer.concat([body.subarray(0, from), insert, body.subarray(from + remove)])
          if (end !== undefined) body = body.subarray(0, end % (body.length + 1))
        }
        readOrRefused(body, version)
      }),
      { numRuns: 2000 },
    )
    assert.ok(process.hrtime.bigint() - since < 120_000_000_000n)
  })

  it('so are any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(1, 2), (body, version) => {
        readOrRefused(Buffer.from(body), version as Version)
      }),
      { numRuns: 2000 },
    )
  })
})

function readOrRefused(body: Buffer, version: Version): void {
  try {
    for (const { times, bits } of read(body, version)) assert.equal(times.length, bits.length)
  } catch (error) {
    assert.ok(error instanceof RemoteWriteFailure, String(error))
    assert.ok(error.offset >= 0 && error.offset <= body.length)
  }
}
