import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { CloudError, call } from '../../src/web/call.ts'

/** As a browser's: rejects only when it is aborted. */
function neverAnswered(_: unknown, { signal }: RequestInit = {}): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

async function reasonOf(asking: Promise<unknown>): Promise<string | undefined> {
  const error = await asking.then(
    () => undefined,
    (cause: unknown) => cause,
  )
  return error instanceof CloudError ? error.reason : undefined
}

describe('a request to the cloud', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
  afterEach(() => {
    mock.timers.reset()
    mock.restoreAll()
  })

  for (const [method, limitMs] of [
    ['GET', 30_000],
    ['POST', 120_000],
    ['PUT', 120_000],
    ['DELETE', 120_000],
  ] as const) {
    it(`${method} without an answer for ${limitMs / 1000} s has not reached it`, async () => {
      mock.method(globalThis, 'fetch', neverAnswered)
      let reason: string | undefined
      const asked = reasonOf(call(method, '/session')).then((found) => {
        reason = found
      })
      mock.timers.tick(limitMs - 1)
      await new Promise(setImmediate)
      assert.equal(reason, undefined)
      mock.timers.tick(1)
      await asked
      assert.equal(reason, 'unreachable')
    })
  }

  it('ends when whoever asks gives up', async () => {
    mock.method(globalThis, 'fetch', neverAnswered)
    const controller = new AbortController()
    const asked = reasonOf(call('POST', '/backtest', {}, controller.signal))
    controller.abort()
    assert.equal(await asked, 'unreachable')
  })

  it('that is answered is that answer, and is given up no more', async () => {
    let signal: AbortSignal | null | undefined
    mock.method(globalThis, 'fetch', async (_: unknown, request?: RequestInit) => {
      signal = request?.signal
      return Response.json({ name: 'a' })
    })
    assert.deepEqual(await call('GET', '/session'), { name: 'a' })
    mock.timers.tick(1_000_000)
    assert.equal(signal?.aborted, false)
  })

  it('that is answered by somebody else, not in JSON, has not reached it', async () => {
    mock.method(globalThis, 'fetch', async () => new Response('<html>', { status: 502 }))
    assert.equal(await reasonOf(call('GET', '/session')), 'unreachable')
  })
})
