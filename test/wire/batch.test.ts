import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { unframe } from '../../src/wire/frame.ts'
import {
  BATCH_LIMITS,
  type Batch,
  decodeBatch,
  encodeBatch,
  WireError,
} from '../../src/wire/index.ts'
import { Uplink } from '../../src/wire/uplink.ts'
import { anyBatch } from './batch-arbitrary.ts'
import { AGENT, batchOf, EPOCH, randomOf, statKeys, statRows } from './traffic.ts'

/** Rows of a window are a set: here in one order, the same for what went in and what came out. */
function sorted(batch: Batch): Batch {
  const text = ({ key }: { key: object }) => JSON.stringify(Object.entries(key).sort())
  const by = (a: { key: object }, b: { key: object }) =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0
  const windows = batch.windows.map((window) => ({
    ...window,
    stats: [...window.stats].sort(by),
    properties: [...window.properties].sort(by),
  }))
  return { ...batch, windows }
}

function refuses(bytes: Buffer, reason: string, limits = BATCH_LIMITS): void {
  assert.throws(
    () => decodeBatch(bytes, limits),
    (error) => error instanceof WireError && error.reason === reason,
  )
}

const sample = encodeBatch(
  batchOf({
    windows: [
      {
        endMs: 1_760_000_010_000,
        lengthMs: 10_000,
        stats: statRows(statKeys(20), 5000),
        properties: [],
      },
    ],
  }),
)
const framed = (body: Buffer, version = 1) =>
  Buffer.concat([Buffer.from('TALB'), Buffer.of(version, 1), zstdCompressSync(body)])
/** The sample with a part of its struct changed. */
function bent(change: (uplink: Uplink) => Partial<Uplink>): Buffer {
  const uplink = Uplink.bare.decode(unframe(sample, BATCH_LIMITS))
  return framed(Uplink.bare.encode({ ...uplink, ...change(uplink) }))
}

describe('a batch comes back as it was', () => {
  it('whatever it holds, floats bit for bit', () => {
    fc.assert(
      fc.property(anyBatch, (batch) => {
        assert.deepStrictEqual(sorted(decodeBatch(encodeBatch(batch))), sorted(batch))
      }),
      { numRuns: 300 },
    )
  })

  it('compressed by gzip or not at all, as well as by zstd', () => {
    const body = unframe(sample, BATCH_LIMITS)
    for (const rest of [
      Buffer.concat([Buffer.of(0), body]),
      Buffer.concat([Buffer.of(2), gzipSync(body)]),
    ]) {
      const bytes = Buffer.concat([Buffer.from('TALB\x01'), rest])
      assert.deepStrictEqual(decodeBatch(bytes), decodeBatch(sample))
    }
  })

  it('with fields and columns of a later agent passed over', () => {
    const body = unframe(sample, BATCH_LIMITS)
    // Tag 17, a string.
    const later = Buffer.concat([body, Buffer.of(0xf6, 17, 3), Buffer.from('new')])
    assert.deepStrictEqual(decodeBatch(framed(later)), decodeBatch(sample))
  })

  it('as the test vector of protocol/README.md says', () => {
    const hex = /```hex\n([\s0-9a-f]+)```/.exec(readFileSync('protocol/README.md', 'utf8'))?.[1]
    const batch = decodeBatch(Buffer.from((hex ?? '').replaceAll(/\s/g, ''), 'hex'))
    assert.deepStrictEqual(batch, VECTOR)
  })

  it('with a key of several windows written once', () => {
    const keys = statKeys(300)
    const window = (index: number) => ({
      endMs: 1_760_000_010_000 + index * 10_000,
      lengthMs: 10_000,
      stats: statRows(keys, 30_000, index),
      properties: [],
    })
    const apart = [0, 1, 2].map((at) => encodeBatch(batchOf({ windows: [window(at)] })).length)
    const together = encodeBatch(batchOf({ windows: [0, 1, 2].map(window) })).length
    assert.ok(together < apart.reduce((sum, bytes) => sum + bytes) * 0.8)
  })
})

describe('a batch is small', () => {
  it('at most 14 bytes a record of statistics at 10 s windows', () => {
    const stats = statRows(statKeys(2000), 213_000)
    const window = { endMs: 1_760_000_010_000, lengthMs: 10_000, stats, properties: [] }
    assert.ok(encodeBatch(batchOf({ windows: [window] })).length / stats.length < 14)
  })
})

describe('bytes that are no batch are refused with a reason', () => {
  const cases: readonly [string, () => Buffer, string][] = [
    ['none at all', () => Buffer.alloc(0), 'not-a-batch'],
    ['something else', () => Buffer.from('{"hello": 1}'), 'not-a-batch'],
    ['a later version', () => framed(Buffer.alloc(0), 2), 'version'],
    ['an unknown compression', () => Buffer.from('TALB\x01\x07abc'), 'malformed'],
    ['a gzip body that ends early', () => gzipHalf(), 'truncated'],
    ['a body that is no struct', () => framed(Buffer.from('hello')), 'malformed'],
    [
      'an index beyond the texts',
      () => bent(() => ({ textCount: 0, texts: Buffer.alloc(0) })),
      'malformed',
    ],
    [
      'a column of fewer rows',
      () => bent(({ statRows: t }) => ({ statRows: { ...t, rows: 21 } })),
      'truncated',
    ],
    [
      'a column of more rows',
      () => bent(({ statRows: t }) => ({ statRows: { ...t, rows: 19 } })),
      'malformed',
    ],
    [
      'rows of no window',
      () =>
        bent(({ windows: t }) => ({
          windows: {
            ...t,
            rows: 0,
            endMs: Buffer.of(0),
            lengthMs: Buffer.of(0),
            stats: Buffer.of(0),
            properties: Buffer.of(0),
          },
        })),
      'malformed',
    ],
    ['an agent id of another form', () => bent(() => ({ agent: 'me' })), 'malformed'],
    ['a number 0', () => bent(() => ({ seq: 0 })), 'malformed'],
    ['negative rows', () => bent(({ events: t }) => ({ events: { ...t, rows: -1 } })), 'malformed'],
    [
      'more rows than a batch may have',
      () => bent(({ events: t }) => ({ events: { ...t, rows: 2_000_000_000 } })),
      'too-large',
    ],
    ['an instant out of time', () => bent(() => ({ madeAt: 2 ** 50 })), 'malformed'],
  ]
  for (const [name, bytes, reason] of cases) {
    it(`${name}: ${reason}`, () => refuses(bytes(), reason))
  }

  it('more decompressed than the limit: too-large', () => {
    refuses(framed(Buffer.alloc(100_000)), 'too-large', { ...BATCH_LIMITS, maxBytes: 50_000 })
  })

  it('texts that grow by sharing: too-large', () => {
    // One text of 1,000 bytes, then 1,000 texts that share it and add nothing.
    const one = Buffer.concat([Buffer.of(0, 0xe8, 0x07), Buffer.alloc(1000, 97)])
    const rest = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.of(0xe8, 0x07, 0)))
    const texts = Buffer.concat([one, rest])
    const bytes = bent(() => ({ textCount: 1001, texts }))
    refuses(bytes, 'too-large', { ...BATCH_LIMITS, maxBytes: 100_000 })
  })

  it('5,000 times bent anyhow: a typed error or a batch, in bounded time', () => {
    const random = randomOf(3)
    const body = unframe(sample, BATCH_LIMITS)
    for (let run = 0; run < 5000; run++) {
      // Every other time below the compression, where most of the checks are.
      const bytes = Buffer.from(run % 2 ? body : sample)
      for (let n = 0; n <= run % 4; n++) {
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      }
      const cut = run % 5 ? bytes : bytes.subarray(0, Math.floor(random() * bytes.length))
      const before = performance.now()
      try {
        const batch = decodeBatch(run % 2 ? framed(cut) : cut)
        assert.deepStrictEqual(sorted(decodeBatch(encodeBatch(batch))), sorted(batch))
      } catch (error) {
        if (!(error instanceof WireError)) throw error
      }
      assert.ok(performance.now() - before < 20_000)
    }
  })
})

function gzipHalf(): Buffer {
  const body = gzipSync(unframe(sample, BATCH_LIMITS))
  const half = body.subarray(0, body.length / 2)
  return Buffer.concat([Buffer.from('TALB'), Buffer.of(1, 2), half])
}

const VECTOR: Batch = {
  id: { agent: AGENT, epoch: EPOCH, seq: 7 },
  agent: { host: 'node-1', version: '0.1.0', startedAt: 1_760_000_000_000 },
  madeAt: 1_760_000_010_050,
  windows: [
    {
      endMs: 1_760_000_010_000,
      lengthMs: 10_000,
      stats: [
        {
          key: {
            callee: 'App.HelloServer',
            interface: 'testHello',
            caller: 'App.GateServer',
            calleeIp: '10.0.0.2',
            calleePort: 18_600,
            callerIp: '10.0.0.1',
            returnCode: 0,
            set: '',
            version: '3.0.20',
            side: 'client',
            spanMs: 10_000,
          },
          values: {
            calls: 130,
            timeouts: 3,
            exceptions: 0,
            durationSumMs: 1500,
            durationMaxMs: 90,
            buckets: [100, 20, 6, 1, 0, 0, 0, 0, 0, 0],
          },
        },
      ],
      properties: [
        {
          key: {
            module: 'App.HelloServer',
            property: 'queue',
            policy: 'Avg',
            ip: '10.0.0.2',
            set: '',
            le: '',
            spanMs: 10_000,
          },
          value: 1.5,
        },
      ],
    },
    {
      endMs: 1_760_000_040_000,
      lengthMs: 60_000,
      stats: [],
      properties: [],
      states: [
        {
          module: 'App.HelloServer',
          node: '10.0.0.2',
          set: '',
          wanted: true,
          present: false,
          endpoints: 0,
        },
      ],
      reading: { kind: 'registry', feed: 'registry', term: 3, read: 12 },
    },
  ],
  events: [
    {
      at: 1_760_000_004_321,
      module: 'App.HelloServer',
      level: 'error',
      kind: 'restart',
      node: '10.0.0.2',
      set: '',
      title: '[alarm] down, server is inactive',
      text: '[alarm] down, server is inactive',
    },
  ],
  unknown: [{ fromMs: 1_760_000_000_000, toMs: 1_760_000_003_000, reason: 'restart' }],
}
