import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newEnvironment, type Open, T0, withStore } from './samples.ts'

const MINUTE_MS = 60_000
const GRAFANA = { name: 'Grafana', scopes: ['read'] } as const

export function tokenCases(open: Open): void {
  it(
    'a token leads to its environment, and is told once',
    withStore(open, async ({ tokens, environments }, environment) => {
      const { secret, ...made } = await tokens.createToken(environment, GRAFANA, T0)
      assert.match(secret, /^at_[A-Za-z0-9]{40}$/)
      assert.deepEqual(made, { id: made.id, environment, ...GRAFANA, createdAt: T0 })
      const { expiresAt } = (await environments.environment(environment)) ?? {}
      assert.deepEqual(await tokens.ownerOf(secret, T0), {
        environment,
        scopes: ['read'],
        expiresAt,
      })
      assert.doesNotMatch(JSON.stringify(await tokens.tokens(environment)), /at_/)
      for (const wrong of ['', 'at_', secret.toLowerCase(), `${secret} `, made.id]) {
        assert.equal(await tokens.ownerOf(wrong, T0), undefined)
      }
    }),
  )

  it(
    'tokens are listed oldest first, each environment its own',
    withStore(open, async (store, environment) => {
      const other = await newEnvironment(store, 'other')
      const names = ['b', 'a', 'a']
      for (const [i, name] of names.entries()) {
        await store.tokens.createToken(environment, { ...GRAFANA, name }, T0 + i)
      }
      await store.tokens.createToken(other, GRAFANA, T0)
      const listed = await store.tokens.tokens(environment)
      assert.deepEqual(
        listed.map(({ name, createdAt }) => [name, createdAt - T0]),
        [
          ['b', 0],
          ['a', 1],
          ['a', 2],
        ],
      )
      assert.equal(new Set(listed.map(({ id }) => id)).size, 3)
    }),
  )

  it(
    'a token may what it was made for',
    withStore(open, async ({ tokens }, environment) => {
      for (const [given, kept] of [
        [['read'], ['read']],
        [['write'], ['write']],
        [
          ['write', 'read', 'write'],
          ['read', 'write'],
        ],
      ] as const) {
        const { secret, id, scopes } = await tokens.createToken(
          environment,
          { name: 'x', scopes: given },
          T0,
        )
        assert.deepEqual(scopes, kept)
        assert.deepEqual((await tokens.ownerOf(secret, T0))?.scopes, kept)
        const listed = (await tokens.tokens(environment)).find((token) => token.id === id)
        assert.deepEqual(listed?.scopes, kept)
      }
      await assert.rejects(
        tokens.createToken(environment, { name: 'x', scopes: [] }, T0),
        RangeError,
      )
    }),
  )

  it(
    'tells when a token was used last, to the minute',
    withStore(open, async ({ tokens }, environment) => {
      const { secret } = await tokens.createToken(environment, GRAFANA, T0)
      const usedAt = async () => (await tokens.tokens(environment))[0]?.usedAt
      assert.equal(await usedAt(), undefined)
      await tokens.ownerOf(secret, T0 + 1.5)
      assert.equal(await usedAt(), T0 + 1)
      await tokens.ownerOf(secret, T0 + MINUTE_MS)
      assert.equal(await usedAt(), T0 + 1)
      await tokens.ownerOf(secret, T0 + 1 + MINUTE_MS)
      assert.equal(await usedAt(), T0 + 1 + MINUTE_MS)
    }),
  )

  it(
    'a token that was removed leads nowhere, and only its own environment removes it',
    withStore(open, async (store, environment) => {
      const { tokens } = store
      const other = await newEnvironment(store, 'other')
      const { id, secret } = await tokens.createToken(environment, GRAFANA, T0)
      const kept = await tokens.createToken(environment, GRAFANA, T0)
      assert.equal(await tokens.removeToken(other, id), false)
      assert.equal((await tokens.ownerOf(secret, T0))?.environment, environment)
      assert.equal(await tokens.removeToken(environment, id), true)
      assert.equal(await tokens.removeToken(environment, id), false)
      assert.equal(await tokens.ownerOf(secret, T0), undefined)
      assert.equal((await tokens.ownerOf(kept.secret, T0))?.environment, environment)
    }),
  )

  it(
    'tokens go with their environment, and none is made for one that is gone',
    withStore(open, async ({ tokens, environments }, environment) => {
      const { secret } = await tokens.createToken(environment, GRAFANA, T0)
      await environments.removeEnvironment(environment)
      assert.equal(await tokens.ownerOf(secret, T0), undefined)
      assert.deepEqual(await tokens.tokens(environment), [])
      const gone = { name: 'StoreFailure', reason: 'gone' }
      await assert.rejects(tokens.createToken(environment, GRAFANA, T0), gone)
    }),
  )
}
