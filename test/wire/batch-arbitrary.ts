/** Batches of every shape the types allow, for property tests. */
import fc from 'fast-check'
import type { NotifyEvent } from '../../src/model/event.ts'
import type { Reading } from '../../src/model/polled.ts'
import type { PropertyKey } from '../../src/model/property.ts'
import type { ServerState } from '../../src/model/server-state.ts'
import { LATENCY_BUCKETS, type StatKey } from '../../src/model/stat.ts'
import type { Batch, Window } from '../../src/wire/batch.ts'
import { anyText } from '../support/any-text.ts'

function record<T>(parts: { [Name in keyof T]: fc.Arbitrary<T[Name]> }): fc.Arbitrary<T> {
  return fc.record<T>(parts, { noNullPrototype: true })
}

const text = fc.oneof(
  fc.constantFrom('', 'App.HelloServer', 'testHello', '10.0.0.1', '3.0.20'),
  anyText(40),
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

/** Some with a row of a database. */
const anyEvent = fc
  .tuple(event, fc.option(fc.integer({ min: 1, max: 2 ** 48 }), { nil: undefined }))
  .map(([each, row]): NotifyEvent => (row === undefined ? each : { ...each, row }))

const state: fc.Arbitrary<ServerState> = record({
  module: text,
  node: text,
  set: text,
  wanted: fc.boolean(),
  present: fc.boolean(),
  endpoints: fc.nat(1000),
})

const window: fc.Arbitrary<Window> = record({
  endMs: instant,
  lengthMs: fc.integer({ min: 1, max: 2 ** 31 }),
  stats: fc.array(statRow, { maxLength: 6 }),
  properties: fc.array(record({ key: propertyKey, value: number }), { maxLength: 6 }),
})

const reading: fc.Arbitrary<Reading> = record({
  kind: fc.constantFrom('stat', 'property', 'registry'),
  feed: fc.constantFrom('query', 'database', 'registry'),
  term: fc.integer({ min: 1, max: 2 ** 48 }),
  read: fc.integer({ min: 1, max: 2 ** 48 }),
})

/** Some heard, some read back, some of these with states. */
const anyWindow = fc
  .tuple(window, fc.option(reading), fc.array(state, { minLength: 1, maxLength: 4 }))
  .map(([each, read, states]): Window => {
    if (!read) return each
    return read.kind === 'registry'
      ? { ...each, states, reading: read }
      : { ...each, reading: read }
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
    seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  }),
  agent: record({ host: text, version: text, startedAt: instant }),
  madeAt: instant,
  windows: fc.array(anyWindow, { maxLength: 3 }),
  events: fc.array(anyEvent, { maxLength: 4 }),
  unknown: fc.array(
    record({
      fromMs: instant,
      toMs: instant,
      reason: fc.constantFrom('restart', 'overflow', 'damaged'),
    }),
    { maxLength: 2 },
  ),
})
