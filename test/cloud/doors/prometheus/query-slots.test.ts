import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { QuerySlots } from '../../../../src/cloud/doors/prometheus/query-slots.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { formOf, openDoor, TOKEN } from './door.ts'

const LIMITS = { maxRunningInAll: 3, maxRunning: 2, maxWaiting: 2 }
const NEVER = new AbortController().signal

/** Slots, and queries that end when told to. */
function rig() {
  const clock = new FakeClock()
  const slots = new QuerySlots(LIMITS, clock)
  const started: string[] = []
  const ends = new Map<string, () => void>()

  function ask(name: string, { timeoutMs = 1000, signal = NEVER } = {}): Promise<string> {
    const [environment = ''] = name.split('-')
    return slots.run(environment, { timeoutMs, signal }, async () => {
      started.push(name)
      const ended = Promise.withResolvers<void>()
      ends.set(name, ended.resolve)
      await ended.promise
      return name
    })
  }
  return { clock, started, ask, end: (name: string) => ends.get(name)?.() }
}

/** Lets everything that can go on go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))
const failure = (reason: string, message: string) => ({ name: 'DoorFailure', reason, message })

describe('queries take turns', () => {
  it('as many run at a time as may, the others after them, in their order', async () => {
    const { started, ask, end } = rig()
    const asked = ['a-1', 'a-2', 'a-3', 'a-4'].map((name) => ask(name))
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2'])
    end('a-2')
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2', 'a-3'])
    end('a-1')
    await settled()
    end('a-3')
    end('a-4')
    assert.deepEqual(await Promise.all(asked), ['a-1', 'a-2', 'a-3', 'a-4'])
  })

  it('one environment does not keep another waiting, until there are too many in all', async () => {
    const { started, ask, end } = rig()
    for (const name of ['a-1', 'a-2', 'a-3', 'b-1', 'b-2']) void ask(name)
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2', 'b-1'])
    end('b-1')
    await settled()
    assert.deepEqual(started.slice(3), ['b-2'])
    end('a-1')
    await settled()
    assert.deepEqual(started.slice(4), ['a-3'])
  })

  it('no more wait than may', async () => {
    const { ask } = rig()
    for (const name of ['a-1', 'a-2', 'a-3', 'a-4']) void ask(name)
    await assert.rejects(
      ask('a-5'),
      failure('too_many_requests', '2 queries of this environment are waiting already'),
    )
  })

  it('who waits too long is told so, and takes no place', async () => {
    const { clock, started, ask, end } = rig()
    void ask('a-1', { timeoutMs: 10_000 })
    void ask('a-2', { timeoutMs: 10_000 })
    const late = assert.rejects(ask('a-3'), failure('timeout', 'query timed out in query queue'))
    await settled()
    clock.advance(1000)
    await late
    end('a-1')
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2'])
    void ask('a-4')
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2', 'a-4'])
  })

  it('who hangs up while it waits takes no place', async () => {
    const { started, ask, end } = rig()
    const gone = new AbortController()
    void ask('a-1')
    void ask('a-2')
    const waiting = assert.rejects(
      ask('a-3', { signal: gone.signal }),
      failure('canceled', 'query was canceled in query queue'),
    )
    await settled()
    gone.abort()
    await waiting
    end('a-1')
    await settled()
    assert.deepEqual(started, ['a-1', 'a-2'])
  })

  it('who runs too long is told so, and keeps its place until it has really ended', async () => {
    const { clock, started, ask, end } = rig()
    const told = failure('timeout', 'query timed out in expression evaluation')
    const late = [ask('a-1'), ask('a-2')].map((query) => assert.rejects(query, told))
    const next = ask('a-3', { timeoutMs: 5000 })
    await settled()
    clock.advance(1000)
    await Promise.all(late)
    assert.deepEqual(started, ['a-1', 'a-2'])
    end('a-1')
    await settled()
    end('a-3')
    assert.equal(await next, 'a-3')
  })

  it('the time of waiting is time of the query', async () => {
    const { clock, ask, end } = rig()
    void ask('a-1', { timeoutMs: 5000 })
    void ask('a-2', { timeoutMs: 5000 })
    const told = failure('timeout', 'query timed out in expression evaluation')
    const late = assert.rejects(ask('a-3'), told)
    await settled()
    clock.advance(900)
    end('a-1')
    await settled()
    clock.advance(100)
    await late
  })

  it('what fails leaves its place', async () => {
    const clock = new FakeClock()
    const slots = new QuerySlots({ ...LIMITS, maxRunning: 1 }, clock)
    const fail = async () => {
      throw new RangeError('x')
    }
    const patience = { timeoutMs: 1000, signal: NEVER }
    for (let i = 0; i < 3; i++) await assert.rejects(slots.run('a', patience, fail), RangeError)
    assert.equal(await slots.run('a', patience, async () => 1), 1)
  })
})

describe('a query under way', () => {
  /** A source that answers when told to. */
  function slowSource() {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<[]>()
    const select = () => {
      asked.resolve()
      return answer.promise
    }
    return { source: { select }, asked: asked.promise, answer: () => answer.resolve([]) }
  }

  it('ends at its timeout, answered 503', async () => {
    const { source, asked } = slowSource()
    const door = await openDoor({ source })
    const answer = door.get('query', { query: 'a', timeout: '5s' })
    await asked
    door.clock.advance(5000)
    const { status, body } = await answer
    await door.close()
    assert.deepEqual([status, body.errorType], [503, 'timeout'])
    assert.equal(body.error, 'query timed out in expression evaluation')
  })

  it('that has no time to wait does not begin', async () => {
    const door = await openDoor()
    for (const timeout of ['0', '-1']) {
      const { status, body } = await door.get('query', { query: '1', timeout })
      assert.deepEqual([status, body.error], [503, 'query timed out in query queue'])
    }
    await door.close()
  })

  it('ends at the timeout of the door when it asks for more', async () => {
    const { source, asked } = slowSource()
    const door = await openDoor({ source, limits: { timeoutMs: 3000 } })
    const answer = door.get('labels', { timeout: '1h' })
    await asked
    door.clock.advance(3000)
    assert.equal((await answer).status, 503)
    await door.close()
  })

  it('is canceled when the client hangs up', async () => {
    const asked = Promise.withResolvers<AbortSignal>()
    const door = await openDoor({
      reads: {
        instant: (_environment, _expr, _at, { signal }) => {
          asked.resolve(signal)
          return new Promise(() => {})
        },
        range: () => new Promise(() => {}),
        labelSets: async () => [],
        labelNames: async () => [],
        labelValues: async () => [],
      },
    })
    const hangUp = new AbortController()
    const gone = assert.rejects(
      fetch(`${door.base}/api/v1/query?${formOf({ query: 'a' })}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
        signal: hangUp.signal,
      }),
    )
    const signal = await asked.promise
    const canceled = new Promise((resolve) => signal.addEventListener('abort', resolve))
    hangUp.abort()
    await Promise.all([gone, canceled])
    await door.close()
    assert.deepEqual(door.logged, [])
  })
})
