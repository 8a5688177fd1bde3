import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { dealOut, doorOfLane, laneOf } from '../../../src/cloud/notify/lane.ts'
import { delivery } from './support/nouns.ts'

describe('lanes', () => {
  it('mails of an environment are one, each receiver is another', () => {
    const mail = delivery('a', { environment: 'al-1' })
    assert.equal(laneOf(mail), 'mail al-1')
    assert.equal(laneOf({ ...mail, channel: 'wecom', to: 'r1' }), 'r1 al-1')
    assert.equal(doorOfLane('r1 al-1'), 'r1')
  })

  const cases: [string, string[], number, Record<string, number>, string][] = [
    ['one lane takes all its door has', ['mail a'], 9, { mail: 4 }, 'mail a 4'],
    ['lanes at one door share it', ['mail a', 'mail b'], 9, { mail: 4 }, 'mail a 2, mail b 2'],
    [
      'the first in turn has the odd one',
      ['mail b', 'mail a'],
      3,
      { mail: 4 },
      'mail b 2, mail a 1',
    ],
    ['doors share what is free', ['mail a', 'r a'], 3, { mail: 4, r: 4 }, 'mail a 2, r a 1'],
    ['a full door takes nothing', ['mail a', 'r a'], 9, { mail: 0, r: 1 }, 'r a 1'],
    ['nothing free is dealt to nobody', ['mail a'], 0, { mail: 4 }, ''],
    ['no lanes', [], 9, {}, ''],
  ]
  for (const [name, lanes, free, room, expected] of cases) {
    it(name, () => {
      const shares = dealOut(lanes, { free, atDoor: (door) => room[door] ?? 0 })
      assert.equal(shares.map(({ lane, limit }) => `${lane} ${limit}`).join(', '), expected)
    })
  }

  it('never deals more than there is, and leaves nothing that a lane could take', () => {
    const lane = fc.record({
      door: fc.constantFrom('mail', 'r1', 'r2'),
      of: fc.constantFrom('a', 'b'),
    })
    const lanesOf = fc.uniqueArray(
      lane.map(({ door, of }) => `${door} ${of}`),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(lanesOf, fc.nat(20), fc.nat(5), (lanes, free, perDoor) => {
        const shares = dealOut(lanes, { free, atDoor: () => perDoor })
        const total = shares.reduce((sum, { limit }) => sum + limit, 0)
        const doors = new Set(lanes.map(doorOfLane)).size
        assert.equal(total, Math.min(free, doors * perDoor))
      }),
    )
  })
})
