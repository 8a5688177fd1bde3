import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decideLease, LEASE_TTL_MS, type LeaseAsk } from '../../../src/cloud/ingest/lease.ts'
import type { Lease } from '../../../src/cloud/ingest/ports.ts'

type Feed = LeaseAsk['feeds'][number]
type Polling = 'ok' | 'off' | 'none'

const T0 = 1_700_000_000_000
const S = 1000

function ask(agent: string, fields: Partial<LeaseAsk> & { polling?: Polling } = {}): LeaseAsk {
  const { polling = 'ok', ...rest } = fields
  const feed = { why: '', reachedMs: 0, records: 0 }
  const feeds: Feed[] = [{ ...feed, feed: 'subscribe', state: 'ok' }]
  if (polling !== 'none') {
    feeds.push({ ...feed, feed: 'query', state: polling })
    feeds.push({ ...feed, feed: 'registry', state: 'off' })
  }
  return { agent, epoch: `${agent}-1`, startedAt: T0, polls: true, feeds, ...rest }
}

/** Plays heartbeats `[second, who asks]`, and tells which term each was given: the first, the second …, 0 none. */
function play(beats: readonly (readonly [number, LeaseAsk])[], othersPoll = true): number[] {
  let lease: Lease | undefined
  const terms: number[] = []
  return beats.map(([at, asks]) => {
    const decision = decideLease(lease, asks, T0 + at * S, othersPoll)
    lease = decision.lease
    if (!decision.granted || !lease) return 0
    const { term } = lease
    if (term > (terms.at(-1) ?? 0)) terms.push(term)
    return terms.indexOf(term) + 1
  })
}

describe('the lease to poll', () => {
  const a = ask('a')
  const b = ask('b')
  const idle = ask('a', { polling: 'off' })
  // biome-ignore format: one line a case
  const cases: [name: string, beats: [number, LeaseAsk][], terms: number[]][] = [
    ['goes to the first that can poll', [[0, ask('a', { polls: false })], [1, b], [2, a]], [0, 1, 0]],
    ['is renewed under its term', [[0, a], [10, a], [25, a]], [1, 1, 1]],
    ['is renewed also when it ran out and nobody came', [[0, a], [90, a]], [1, 1]],
    ['is kept 20 s for a holder that is silent', [[0, a], [19.999, b], [20, b], [21, a]], [1, 0, 2, 0]],
    ['moves within 30 s of the last heartbeat of a dead holder', [[0, a], [9.9, b], [19.9, b], [29.9, b]], [1, 0, 0, 2]],
    ['is free at once when the holder stops polling', [[0, a], [1, ask('a', { polls: false })], [2, b]], [1, 0, 2]],
    ['gets a new term with a new process of its holder', [[0, a], [1, ask('a', { epoch: 'a-2', startedAt: T0 + 1 })]], [1, 2]],
    ['does not go to and fro between copies of an agent', [[0, a], [1, ask('a', { epoch: 'copy', startedAt: T0 + 1 })], [2, a], [3, a]], [1, 2, 0, 0]],
    ['is not renewed to who reads nothing for 60 s', [[0, idle], [60, idle], [61, idle], [71, b], [80, b], [81, a]], [1, 1, 0, 0, 2, 0]],
    ['stays with who reads again in time', [[0, idle], [50, a], [61, idle], [119, idle]], [1, 1, 1, 1]],
    ['stays with who has no polling feed to tell of', [[0, ask('a', { polling: 'none' })], [90, ask('a', { polling: 'none' })]], [1, 1]],
  ]
  for (const [name, beats, terms] of cases) it(name, () => assert.deepEqual(play(beats), terms))

  it('stays with who reads nothing while nobody else could', () => {
    assert.deepEqual(
      play(
        [
          [0, idle],
          [70, idle],
          [300, idle],
        ],
        false,
      ),
      [1, 1, 1],
    )
  })

  it('ends within 20 s also when the clock was put back by a day', () => {
    const beats = [
      [86_400, a],
      [0, b],
      [10, b],
      [20, b],
    ] as const
    assert.deepEqual(play(beats), [1, 0, 0, 2])
  })
})

describe('a term', () => {
  it('grows also when the store was put back to an earlier state', () => {
    const first = decideLease(undefined, ask('a'), T0, true).lease
    const later = decideLease(first, ask('b'), T0 + 60 * S, true).lease
    const restored = decideLease(first, ask('c'), T0 + 120 * S, true).lease
    assert.ok((restored?.term ?? 0) > (later?.term ?? 0))
  })
})

interface Agent {
  name: string
  epoch: number
  startedAt: number
  /** What it believes, in real time: it counts from when it asked. */
  holds?: { term: number; untilMs: number } | undefined
}

/** Three agents, a cloud, and their clocks, as they might behave. */
class World {
  readonly agents: Agent[] = ['a', 'b', 'c'].map((name) => ({ name, epoch: 1, startedAt: T0 }))
  readonly #holderOf = new Map<number, string>()
  #realMs = T0
  #stepMs = 0
  #kept = 'null'

  pass(ms: number): void {
    this.#realMs += ms
  }

  step(ms: number): void {
    this.#stepMs += ms
  }

  restart(agent: Agent, startedAt: number): void {
    Object.assign(agent, { epoch: agent.epoch + 1, startedAt, holds: undefined })
  }

  beat(agent: Agent, says: { polls: boolean; polling: Polling; isHeard: boolean }): void {
    const epoch = `${agent.name}-${agent.epoch}`
    if (!says.polls) agent.holds = undefined
    const asked = ask(agent.name, { epoch, startedAt: agent.startedAt, ...says })
    const before: Lease | undefined = JSON.parse(this.#kept) ?? undefined
    const now = this.#realMs + this.#stepMs
    const { lease, granted } = decideLease(before, asked, now, true)
    this.#kept = JSON.stringify(lease ?? null)
    assert.ok((lease?.term ?? 0) >= (before?.term ?? 0), 'a term never goes back')
    if (lease && granted) {
      assert.equal(this.#holderOf.get(lease.term) ?? epoch, epoch, 'a term has one holder')
      this.#holderOf.set(lease.term, epoch)
      assert.equal(lease.expiresAt, now + LEASE_TTL_MS)
    }
    if (!says.isHeard) return
    const untilMs = this.#realMs + LEASE_TTL_MS
    agent.holds = lease && granted ? { term: lease.term, untilMs } : undefined
  }

  holders(): number[] {
    return this.agents.flatMap(({ holds }) =>
      holds && this.#realMs < holds.untilMs ? [holds.term] : [],
    )
  }

  get term(): number {
    return JSON.parse(this.#kept)?.term ?? 0
  }
}

type Act = (world: World) => void

const who = fc.nat({ max: 2 })
const says = fc.record({
  polls: fc.constantFrom(true, true, true, false),
  polling: fc.constantFrom<Polling>('ok', 'ok', 'off', 'none'),
  isHeard: fc.boolean(),
})

function actWith(stepMs: fc.Arbitrary<number>): fc.Arbitrary<Act> {
  const on = (world: World, index: number) => world.agents[index] ?? assert.fail()
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc.tuple(who, says).map(
        ([n, s]): Act =>
          (w) =>
            w.beat(on(w, n), s),
      ),
    },
    {
      weight: 4,
      arbitrary: fc.nat({ max: 25 * S }).map(
        (ms): Act =>
          (w) =>
            w.pass(ms),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(who, fc.nat()).map(
        ([n, at]): Act =>
          (w) =>
            w.restart(on(w, n), at),
      ),
    },
    {
      weight: 1,
      arbitrary: stepMs.map(
        (ms): Act =>
          (w) =>
            w.step(ms),
      ),
    },
  )
}

describe('of three agents that ask, die, start again and miss answers', () => {
  it('never two hold the lease at one time, even when the clock of the cloud is put back', () => {
    const acts = fc.array(actWith(fc.integer({ min: -90 * S, max: 0 })), {
      maxLength: 100,
      size: 'max',
    })
    fc.assert(
      fc.property(acts, (all) => {
        const world = new World()
        for (const act of all) {
          act(world)
          assert.ok(world.holders().length <= 1, `terms ${world.holders()}`)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('when the clock was put forward, the newest term tells who of two it is', () => {
    const acts = fc.array(actWith(fc.integer({ min: -90 * S, max: 90 * S })), {
      maxLength: 100,
      size: 'max',
    })
    fc.assert(
      fc.property(acts, (all) => {
        const world = new World()
        for (const act of all) {
          act(world)
          const terms = world.holders()
          assert.equal(new Set(terms).size, terms.length)
          assert.ok(terms.every((term) => term <= world.term))
        }
      }),
      { numRuns: 500 },
    )
  })
})
