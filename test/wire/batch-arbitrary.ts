/** Batches of every shape the types allow, for property tests. */
import fc from 'fast-check'
import type { NotifyEvent } from '../../src/model/event.ts'
import type { PropertyKey } from '../../src/model/property.ts'
import { LATENCY_BUCKETS, type StatKey } from '../../src/model/stat.ts'
import type { Batch } from '../../src/wire/batch.ts'

function record<T>(parts: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T> {
  return fc.record<T>(parts, { noNullPrototype: true })
}

const text = fc.oneof(
  fc.constantFrom('', 'App.HelloServer', 'testHello', '10.0.0.1', '3.0.20'),
  fc.string({ unit: 'binary', maxLength: 40 }).map((value) => value.toWellFormed()),
)
const instant = fc.integer({ min: 0, max: 2 ** 48 })
const spanMs = fc.constantFrom(10_000, 60_000, 300_000)
const number = fc.oneof(fc.nat(), fc.integer(), fc.maxSafeInteger(), fc.double())
const count = fc.oneof({ weight: 4, arbitrary: fc.nat(1000) }, number)

const statKey: fc.Arbitrary<StatKey> = record({
  callee: text,
  interface: text,
  caller: text,
  calleeIp: text,
  calleePort: fc.nat(65_535),
  callerIp: text,
  returnCode: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  set: text,
  version: text,
  side: fc.constantFrom('client', 'server'),
  spanMs,
})

const statRow = record({
  key: statKey,
  values: record({
    calls: count,
    timeouts: count,
    exceptions: count,
    durationSumMs: count,
    durationMaxMs: count,
    buckets: fc.array(count, { minLength: LATENCY_BUCKETS, maxLength: LATENCY_BUCKETS }),
  }),
})

const propertyKey: fc.Arbitrary<PropertyKey> = record({
  module: text,
  property: text,
  policy: fc.constantFrom('Max', 'Min', 'Count', 'Sum', 'Avg', 'Distr'),
  ip: text,
  set: text,
  le: text,
  spanMs,
})

const event: fc.Arbitrary<NotifyEvent> = record({
  at: instant,
  module: text,
  level: fc.constantFrom('alarm', 'error', 'warn', 'normal'),
  kind: fc.constantFrom('restart', 'stop', 'down', 'zombie', 'exit', 'config', 'command'),
  node: text,
  set: text,
  title: text,
  text,
})

const hex = (length: number) =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'),
    minLength: length,
    maxLength: length,
  })

export const anyBatch: fc.Arbitrary<Batch> = record({
  id: record({
    agent: hex(32),
    epoch: hex(16),
    lane: fc.constantFrom('fresh', 'backlog'),
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  }),
  agent: record({ host: text, version: text, startedAt: instant }),
  madeAt: instant,
  windows: fc.array(
    record({
      endMs: instant,
      lengthMs: fc.integer({ min: 1, max: 2 ** 31 }),
      stats: fc.array(statRow, { maxLength: 6 }),
      properties: fc.array(record({ key: propertyKey, value: number }), { maxLength: 6 }),
    }),
    { maxLength: 3 },
  ),
  events: fc.array(event, { maxLength: 4 }),
  unknown: fc.array(
    record({
      fromMs: instant,
      toMs: instant,
      reason: fc.constantFrom('restart', 'overflow'),
    }),
    { maxLength: 2 },
  ),
})
