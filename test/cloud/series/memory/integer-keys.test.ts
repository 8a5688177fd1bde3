import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IntegerKeys } from '../../../../src/cloud/series/memory/integer-keys.ts'
import { randomOf } from '../../../wire/traffic.ts'

describe('keys of integers', () => {
  it('have the numbers a map gives them', () => {
    // Tables of several seeds: each has its own collisions, also across the end.
    for (let table = 0; table < 30; table++) {
      const random = randomOf(table)
      const known = new IntegerKeys(2)
      const model = new Map<string, number>()
      for (let step = 0; step < 4000; step++) {
        const key = Int32Array.of(random() * 60, (random() - 0.5) * 2 ** 32)
        if (step % 3 === 0) key[1] = random() * 60
        const guess = Math.floor(random() * step)
        assert.equal(known.find(key, guess), model.get(String(key)) ?? -1)
        const number = model.get(String(key)) ?? model.size
        model.set(String(key), number)
        assert.equal(known.take(key), number)
      }
      const key = new Int32Array(2)
      for (const [text, number] of model) {
        known.read(number, key)
        assert.equal(String(key), text)
      }
    }
  })

  it('are not there before they are added, also where the guess is none', () => {
    const known = new IntegerKeys(3)
    const zeros = new Int32Array(3)
    assert.equal(known.find(zeros, 0), -1)
    known.take(zeros)
    assert.equal(known.find(zeros, 5), 0)
  })
})
