/** Records found by columns are those that a map of whole keys finds. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import type { ReporterId } from '../../../../src/cloud/series/feeds/reporters.ts'
import { StatRecords } from '../../../../src/cloud/series/memory/stat-records.ts'
import type { StatKey } from '../../../../src/model/stat.ts'
import { statKeys } from '../../../wire/traffic.ts'
import { columnsOf } from './key-columns.ts'

interface Thing {
  readonly key: StatKey
  readonly place: number
  isGone: boolean
}

const YES = () => true
const NONE = () => undefined
const newThing = (key: StatKey): Thing => ({ key, place: 0, isGone: false })

/** All records of a batch of one window. */
function found(records: StatRecords<Thing>, keys: readonly StatKey[], counts = YES) {
  const window = records.batch(columnsOf(keys)).window({ counts, make: newThing, instead: NONE })
  return keys.map((_, index) => window.record(index))
}

/** In use, without what is garbage. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

function none(): never {
  throw new RangeError('nothing was to be made')
}

const [one, two] = statKeys(2) as [StatKey, StatKey]

describe('the record of a key', () => {
  it('is made once, with its key, and found again in any order', () => {
    const keys = statKeys(3000)
    const records = new StatRecords<Thing>()
    const made = found(records, keys)
    assert.deepStrictEqual(
      made.map((thing) => thing?.key),
      keys,
    )
    for (const again of [keys, keys.toReversed(), keys.filter((_, at) => at % 3 === 1)]) {
      const window = records
        .batch(columnsOf(again))
        .window({ counts: YES, make: none, instead: none })
      for (const [index, key] of again.entries())
        assert.equal(window.record(index), made[keys.indexOf(key)])
    }
    assert.equal(records.size, 3000)
  })

  it('differs when any part of the key does', () => {
    const other: StatKey = {
      ...{ callee: 'a', interface: 'b', caller: 'c', calleeIp: 'd', callerIp: 'e', set: 'f' },
      ...{ version: 'g', calleePort: 1, returnCode: 2, spanMs: 3 },
      side: one.side === 'client' ? 'server' : 'client',
    }
    const names = Object.keys(other) as (keyof StatKey)[]
    const keys = [one, ...names.map((name) => ({ ...one, [name]: other[name] }))]
    assert.equal(new Set(found(new StatRecords(), keys)).size, 12)
  })

  it('is the same for both of two equal keys, and of equal texts', () => {
    const records = new StatRecords<Thing>()
    const batch = records.batch(columnsOf([one, two, { ...one }], 3))
    const window = batch.window({ counts: YES, make: newThing, instead: NONE })
    const [first, , third] = [window.record(0), window.record(1), window.record(2)]
    assert.ok(first)
    assert.equal(third, first)
    assert.equal(records.size, 2)
  })

  it('for which there is no room is another one, and asked for again', () => {
    const records = new StatRecords<Thing>()
    const batch = records.batch(columnsOf([one]))
    const folded = newThing(two)
    assert.equal(batch.window({ counts: YES, make: NONE, instead: () => folded }).record(0), folded)
    assert.equal(records.size, 0)
    assert.deepStrictEqual(
      batch.window({ counts: YES, make: newThing, instead: none }).record(0)?.key,
      one,
    )
  })

  it('that is gone is another one, also before it is forgotten', () => {
    const records = new StatRecords<Thing>()
    const [gone, stays] = found(records, [one, two])
    assert.ok(gone)
    gone.isGone = true
    const [fresh] = found(records, [one])
    assert.deepStrictEqual(fresh, { key: one, place: 0, isGone: false })
    assert.deepStrictEqual(found(records, [one, two]), [fresh, stays])
    assert.equal(records.size, 2)
  })

  it('is forgotten when it is gone; others stay', () => {
    const records = new StatRecords<Thing>()
    const [gone, stays] = found(records, [one, two])
    assert.ok(gone)
    gone.isGone = true
    records.forgetGone()
    assert.equal(records.size, 1)
    assert.equal(found(records, [two])[0], stays)
    assert.notEqual(found(records, [one])[0], gone)
    assert.equal(records.size, 2)
  })

  it('has the texts of the records before it: equal ones are in memory once', () => {
    const records = new StatRecords<Thing>()
    const long = 'x'.repeat(200_000)
    const before = heapBytes()
    for (let port = 0; port < 200; port++) {
      // A text of its own, though equal.
      const callee = Buffer.from(long).toString()
      found(records, [{ ...one, callee, calleePort: port }])
    }
    assert.ok(heapBytes() - before < 20 * 200_000)
    assert.equal(records.size, 200)
  })
})

describe('the reporter of a row', () => {
  const server = { ...one, side: 'server', callee: 'A.B', calleeIp: '1' } as const
  const client = { ...one, side: 'client', caller: 'A.B', callerIp: '1' } as const

  it('is asked once a window for all its rows when it counts', () => {
    const keys = Array.from({ length: 5 }, (_, port) => ({ ...client, calleePort: port }))
    const records = new StatRecords<Thing>()
    found(records, keys)
    const asked: ReporterId[] = []
    const batch = records.batch(columnsOf(keys))
    for (let window = 0; window < 2; window++) {
      const window = batch.window({
        counts: (id) => asked.push(id) > 0,
        make: none,
        instead: none,
      })
      for (const index of keys.keys()) assert.ok(window.record(index))
    }
    assert.deepStrictEqual(asked, Array(2).fill({ kind: 'client', module: 'A.B', ip: '1' }))
  })

  it('is asked for every row when it does not: who asks counts what is left out', () => {
    const keys = Array.from({ length: 5 }, (_, port) => ({ ...client, calleePort: port }))
    const records = new StatRecords<Thing>()
    let asked = 0
    for (const known of [false, true]) {
      if (known) found(records, keys)
      const no = () => ++asked < 0
      const window = records
        .batch(columnsOf(keys))
        .window({ counts: no, make: none, instead: none })
      for (const index of keys.keys()) assert.equal(window.record(index), undefined)
    }
    assert.equal(asked, 10)
  })

  it('is the callee of a server, with its interval', () => {
    const asked: [ReporterId, number][] = []
    const counts = (id: ReporterId, spanMs: number) => asked.push([id, spanMs]) > 0
    const slow = { ...server, spanMs: 60_000 }
    const window = new StatRecords<Thing>()
      .batch(columnsOf([server, slow]))
      .window({ counts, make: newThing, instead: NONE })
    for (const index of [0, 1, 0, 1]) window.record(index)
    const id = { kind: 'server', module: 'A.B', ip: '1' }
    // New ones are asked about before they are made, too.
    assert.deepStrictEqual(asked, [
      [id, server.spanMs],
      [id, 60_000],
      [id, server.spanMs],
      [id, 60_000],
    ])
  })
})

/** Few values, so that keys differ in one part, and parts run into one another. */
const text = fc.constantFrom('', 'a', 'b', 'ab', 'a\0b')
const anyKey: fc.Arbitrary<StatKey> = fc.record(
  {
    ...{ callee: text, interface: text, caller: text, calleeIp: text, callerIp: text },
    ...{ set: text, version: text },
    side: fc.constantFrom('client', 'server'),
    calleePort: fc.constantFrom(0, 1, 65_535),
    returnCode: fc.constantFrom(0, -1, -(2 ** 31), 2 ** 31 - 1),
    spanMs: fc.constantFrom(1, 60_000, 2 ** 31),
  },
  { noNullPrototype: true },
)
const anyWindows = fc.array(fc.array(fc.nat(39), { maxLength: 30 }), { maxLength: 3 })

describe('against a map of whole keys', () => {
  const nameOf = (key: StatKey) => JSON.stringify(Object.entries(key).sort())

  it('the same records, whatever comes, counts, is too many and is dropped', () => {
    const pools = fc.array(anyKey, { minLength: 40, maxLength: 40 })
    const steps = fc.array(
      fc.record({
        windows: anyWindows,
        copies: fc.integer({ min: 1, max: 2 }),
        deaf: text,
        keep: fc.integer({ min: 1, max: 4 }),
        forget: fc.boolean(),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(pools, steps, fc.integer({ min: 1, max: 40 }), (pool, all, most) => {
        const records = new StatRecords<Thing>()
        const model = new Map<string, Thing>()
        const folded = newThing(one)
        for (const { windows, copies, deaf, keep, forget } of all) {
          const batch = records.batch(columnsOf(pool, copies))
          for (const rows of windows) {
            const window = batch.window({
              counts: ({ module }) => module !== deaf,
              make: (key) => (model.size < most ? newThing(key) : undefined),
              instead: () => folded,
            })
            for (const index of rows) {
              const key = pool[index] as StatKey
              const before = model.get(nameOf(key))
              const counts = (key.side === 'client' ? key.caller : key.callee) !== deaf
              const thing = window.record(index)
              if (!counts) assert.equal(thing, undefined)
              else if (before) assert.equal(thing, before)
              else if (model.size >= most) assert.equal(thing, folded)
              else assert.deepStrictEqual(thing?.key, key)
              if (thing && thing !== folded) model.set(nameOf(key), thing)
            }
          }
          let at = 0
          for (const [name, thing] of model) {
            thing.isGone = at++ % keep === 1
            if (thing.isGone) model.delete(name)
          }
          if (forget) {
            records.forgetGone()
            assert.equal(records.size, model.size)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})
