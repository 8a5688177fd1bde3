import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Reading } from '../../../../src/model/polled.ts'
import type { Window } from '../../../../src/wire/batch.ts'
import {
  batch,
  ENVIRONMENT,
  event,
  matchers,
  openStore,
  select,
  stat,
  T0,
  window,
} from '../fixture.ts'

const BUCKET_MS = 300_000
/** A bucket border. */
const B0 = Math.ceil(T0 / BUCKET_MS) * BUCKET_MS
const CALLS = '__name__=tars_calls'

function bucket(
  reading: Partial<Reading>,
  rows: Readonly<Record<string, number>>,
  at = B0,
): Window {
  return window({
    endMs: at,
    lengthMs: BUCKET_MS,
    stats: Object.entries(rows).map(([name, calls]) =>
      stat({ interface: name, spanMs: BUCKET_MS }, { calls }),
    ),
    reading: { kind: 'stat', feed: 'query', term: 1, read: 1, ...reading },
  })
}

describe('of a polled span the newest reading counts', () => {
  const cases: readonly [string, readonly Window[], Record<string, number>][] = [
    ['a later reading replaces', [bucket({}, { a: 1 }), bucket({ read: 2 }, { a: 5 })], { a: 5 }],
    ['an older one is left out', [bucket({ read: 2 }, { a: 5 }), bucket({}, { a: 1 })], { a: 5 }],
    ['a row it lacks goes', [bucket({}, { a: 1, b: 2 }), bucket({ read: 2 }, { b: 3 })], { b: 3 }],
    ['its parts stand together', [bucket({}, { a: 1 }), bucket({}, { b: 2 })], { a: 1, b: 2 }],
    [
      'another feed of the same kind replaces, too',
      [bucket({}, { a: 1 }), bucket({ feed: 'database', read: 2 }, { a: 4 })],
      { a: 4 },
    ],
    [
      'a higher term replaces',
      [bucket({ read: 9 }, { a: 1 }), bucket({ term: 2 }, { a: 7 })],
      { a: 7 },
    ],
    [
      'a lower term is refused for every span',
      [
        bucket({ term: 2 }, { a: 7 }),
        bucket({ read: 9 }, { a: 1 }),
        bucket({ read: 9 }, { c: 1 }, B0 + BUCKET_MS),
      ],
      { a: 7 },
    ],
  ]
  for (const [name, windows, expected] of cases) {
    it(name, async (t) => {
      const store = await openStore(t)
      for (const [at, each] of windows.entries()) {
        await store.append(ENVIRONMENT, batch({ seq: at + 1 }, [each]), B0 + BUCKET_MS)
      }
      const found = await store.source(ENVIRONMENT).select(matchers(CALLS), B0 - 1, B0 + BUCKET_MS)
      const calls = found.map(({ labels, values }) => [labels.interface, [...Array.from(values)]])
      assert.deepEqual(
        calls,
        Object.entries(expected).map(([each, value]) => [each, [value]]),
      )
    })
  }
})

describe('what is polled', () => {
  it('says nothing of how complete is what is heard', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [bucket({}, { a: 1 })]), B0 + 20_000)
    assert.equal(store.reached(ENVIRONMENT), undefined)
  })

  it('does not add to what is heard of the same reporter', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [window({ endMs: B0 - 10_000 })]), B0)
    await store.append(ENVIRONMENT, batch({ seq: 2 }, [bucket({}, { testHello: 99 })]), B0 + 20_000)
    assert.equal((await select(store, CALLS, 'span=5m')).length, 0)
    assert.equal(store.reporters(ENVIRONMENT, 10)[0]?.feed, 'subscribe')
  })

  it('ends now for rules, as long as it is the newest there is', async (t) => {
    const store = await openStore(t)
    await store.append(ENVIRONMENT, batch({}, [bucket({}, { a: 6 })]), B0 + 20_000)
    const at = async (now: number) => {
      const source = store.sourceAt(ENVIRONMENT, now)
      const found = await source.select(matchers(CALLS, 'span=5m'), now - BUCKET_MS + 1, now)
      return found.flatMap(({ times, values }) => [times[0], values[0]])
    }
    assert.deepEqual(await at(B0 + 20_000), [B0 + 20_000, 6])
    assert.deepEqual(await at(B0 + 400_000), [B0 + 400_000, 6])
    assert.deepEqual(await at(B0 + 3_601_000), [])
  })

  it('of the registry becomes metrics of servers and nodes', async (t) => {
    const store = await openStore(t)
    const state = { set: '', wanted: true, present: false, endpoints: 0 }
    const states = [
      { ...state, module: 'App.HelloServer', node: '10.0.0.2' },
      { ...state, module: '', node: '10.0.0.3', present: true },
    ]
    const reading: Reading = { kind: 'registry', feed: 'registry', term: 1, read: 1 }
    const read = window({ lengthMs: 60_000, stats: [], states, reading })
    await store.append(ENVIRONMENT, batch({}, [read]), T0)
    assert.deepEqual(await select(store, '__name__=~tars_(server|node)_.*'), [
      ['tars_server_wanted{module=App.HelloServer,node=10.0.0.2}', [0, 1]],
      ['tars_server_present{module=App.HelloServer,node=10.0.0.2}', [0, 0]],
      ['tars_server_endpoints{module=App.HelloServer,node=10.0.0.2}', [0, 0]],
      ['tars_node_present{node=10.0.0.3}', [0, 1]],
    ])
  })
})

describe('an event counts once', () => {
  const cases: readonly [string, readonly Parameters<typeof event>[0][], number][] = [
    ['that is heard twice: they are two', [{}, {}], 2],
    ['that is heard and then read back', [{}, { row: 7, at: T0 }], 1],
    ['that is read back and then comes late', [{ row: 7 }, {}], 1],
    ['heard twice and read back twice', [{}, {}, { row: 7 }, { row: 8 }], 2],
    ['whose row is read again', [{ row: 7 }, { row: 7 }], 1],
    ['whose table was emptied, so that ids begin anew', [{ row: 7 }, { row: 7, text: 'new' }], 2],
    ['of which the database keeps no emoji', [{ text: '😀 a😀b' }, { row: 7, text: '? a?b' }], 1],
    ['of another text', [{}, { row: 7, text: 'other' }], 2],
    ['of another node', [{}, { row: 7, node: '10.0.0.9' }], 2],
    ['of another node, which is not known', [{}, { row: 7, node: '' }], 1],
    ['three minutes apart', [{}, { row: 7, at: T0 + 180_000 }], 2],
  ]
  for (const [name, events, expected] of cases) {
    it(name, async (t) => {
      const store = await openStore(t)
      for (const [at, parts] of events.entries()) {
        await store.append(
          ENVIRONMENT,
          batch({ seq: at + 1 }, [], { events: [event(parts)] }),
          T0 + 180_000,
        )
      }
      const found = store.events(ENVIRONMENT, {}, T0 - 3_600_000, T0 + 3_600_000)
      assert.equal(found.length, expected)
    })
  }
})
