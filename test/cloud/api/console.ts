/** A console on a real port, with a store in memory and a clock that stands still. */
import { randomBytes, scryptSync } from 'node:crypto'
import { fastify } from 'fastify'
import type { ApiOptions } from '../../../src/cloud/api/api-context.ts'
import { apiRoutes } from '../../../src/cloud/api/routes.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { memoryNotifyDesk } from './memory-desk.ts'
import { MemoryStore } from './memory-store.ts'
import { memoryCalendars, memoryDesk, memoryThresholds } from './rule-desk.ts'

/** 2026-03-02 10:00:00 in Shanghai. */
export const START = Date.UTC(2026, 2, 2, 2)

const PASSWORD = 'open sesame'
// At the least cost: a hash as for people would be most of what these tests take.
const SALT = Buffer.alloc(16)
const HASH = scryptSync(PASSWORD, SALT, 32, { N: 2, r: 1, p: 1 })
const PASSWORD_HASH = `scrypt$2$1$1$${SALT.toString('base64url')}$${HASH.toString('base64url')}`

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  readonly body: any
}

export interface Call {
  readonly cookie?: string | undefined
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export async function startConsole(consoleFolder = 'dist/no-such-folder') {
  const store = new MemoryStore()
  const ruleDesk = memoryDesk()
  const calendars = memoryCalendars()
  const notifyDesk = memoryNotifyDesk()
  const stores = {
    ...{ environments: store, contacts: store, alerts: store, users: store, reporters: store },
    ...{ tokens: store, usage: store, ruleDesk },
    thresholds: memoryThresholds(),
    calendars,
    notifyDesk,
  }
  return { store, ruleDesk, calendars, notifyDesk, ...(await serveConsole(stores, consoleFolder)) }
}

type Stores = Omit<ApiOptions, 'clock' | 'random' | 'consoleFolder' | 'defaultRetention'>

export async function serveConsole(
  given: Stores | ((clock: FakeClock) => Stores),
  consoleFolder = 'dist/no-such-folder',
) {
  const clock = new FakeClock(START)
  const stores = typeof given === 'function' ? given(clock) : given
  if ((await stores.users.userCount()) === 0) {
    await stores.users.saveUser({ id: 'admin', name: 'admin', passwordHash: PASSWORD_HASH })
  }
  const server = fastify({ trustProxy: true })
  await server.register(apiRoutes, {
    ...{ ...stores, clock, random: randomBytes, consoleFolder },
    defaultRetention: { rawDays: 8, hourlyDays: 400 },
  })
  const url = await server.listen({ host: '127.0.0.1', port: 0 })

  async function call(method: string, path: string, { cookie, body, headers }: Call = {}) {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        'x-requested-with': 'tars-alarm',
        ...(cookie !== undefined && { cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const json = answer.headers.get('content-type')?.startsWith('application/json')
    const read: Answer = {
      status: answer.status,
      headers: answer.headers,
      body: json ? JSON.parse(text) : text,
    }
    return read
  }

  /** The cookie of a fresh session. */
  async function login(): Promise<string> {
    const body = { name: 'admin', password: PASSWORD }
    const { headers } = await call('POST', '/api/v1/login', { body })
    return headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  return { url, clock, password: PASSWORD, call, login, close: () => server.close() }
}

export type Console = Awaited<ReturnType<typeof startConsole>>
