import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LoginThrottle } from '../../../src/cloud/api/login-throttle.ts'

const limits = { perName: 2, perAddress: 4, windowMs: 1000, maxEntries: 10 }

describe('login throttle', () => {
  it('lets through so many tries of a name from an address, then tells how long to wait', () => {
    const throttle = new LoginThrottle(limits)
    assert.deepEqual(
      [0, 100, 300].map((at) => throttle.try('a', '1', at)),
      [0, 0, 700],
    )
    assert.equal(throttle.try('A', '1', 999), 1, 'the case of a name makes no new name')
    assert.equal(throttle.try('a', '1', 1000), 0, 'the window is over')
  })

  it('tries of many names from one address count together', () => {
    const throttle = new LoginThrottle(limits)
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e'].map((name) => throttle.try(name, '1', 0)),
      [0, 0, 0, 0, 1000],
    )
    assert.equal(throttle.try('e', '2', 0), 0)
  })

  it('a success takes back its own try only', () => {
    const throttle = new LoginThrottle(limits)
    for (const name of ['a', 'b', 'c']) throttle.try(name, '1', 0)
    assert.equal(throttle.try('d', '1', 0), 0)
    throttle.succeeded('d', '1')
    assert.equal(throttle.try('e', '1', 0), 0)
    assert.equal(throttle.try('f', '1', 0), 1000)
  })

  it('remembers a bounded number of names and addresses', () => {
    const throttle = new LoginThrottle({ ...limits, maxEntries: 4 })
    for (const at of [0, 1]) assert.equal(throttle.try('a', '1', at), 0)
    assert.notEqual(throttle.try('a', '1', 2), 0)
    for (const address of ['2', '3', '4']) throttle.try('a', address, 3)
    assert.equal(throttle.try('a', '1', 4), 0, 'the oldest was forgotten')
  })
})
