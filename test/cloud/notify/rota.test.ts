import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { onCallAt, type Rota, shiftsOf } from '../../../src/cloud/notify/rota.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000
const everybody = () => true

function rota(more: Partial<Rota> = {}): Rota {
  return {
    ...{ id: 'r', environment: 'al-1', name: '支付值班', timeZone: 'Asia/Shanghai' },
    // A Monday.
    ...{ members: ['a', 'b', 'c'], startsOn: '2026-11-23', handOverAt: '09:00', turnDays: 7 },
    overrides: [],
    ...more,
  }
}

/** In Shanghai. */
const at = (text: string) => Date.parse(`${text.replace(' ', 'T')}:00+08:00`)

function override(contact: string, from: string, to: string) {
  return { id: contact, contact, from: at(from), to: at(to), by: 'admin', reason: '调休' }
}

describe('who is on call', () => {
  const stands = [override('x', '2026-11-24 12:00', '2026-11-25 12:00')]
  const twice = [...stands, override('y', '2026-11-25 00:00', '2026-11-25 06:00')]
  const cases: [string, Partial<Rota>, string, string | undefined][] = [
    ['nobody before the rota starts', {}, '2026-11-23 08:59', undefined],
    ['the first member from the first hand-over on', {}, '2026-11-23 09:00', 'a'],
    ['the same until just before the next', {}, '2026-11-30 08:59', 'a'],
    ['then the second', {}, '2026-11-30 09:00', 'b'],
    ['after the last the first again', {}, '2026-12-14 09:00', 'a'],
    ['each day another', { turnDays: 1 }, '2026-11-24 09:00', 'b'],
    ['two weeks each', { turnDays: 14 }, '2026-12-07 08:59', 'a'],
    ['nobody of nobody', { members: [] }, '2026-11-24 09:00', undefined],
    ['who steps in', { overrides: stands }, '2026-11-24 12:00', 'x'],
    ['until the end of that', { overrides: stands }, '2026-11-25 12:00', 'a'],
    ['of two who step in the last that was entered', { overrides: twice }, '2026-11-25 05:00', 'y'],
    ['after which the first holds on', { overrides: twice }, '2026-11-25 06:00', 'x'],
  ]
  for (const [name, more, when, contact] of cases) {
    it(name, () => assert.equal(onCallAt(rota(more), at(when), everybody).contact, contact))
  }

  it('a member who is gone is stood in for by the next, and no other turn moves', () => {
    const isThere = (contact: string) => contact !== 'b'
    const [first, second, third] = shiftsOf(
      rota(),
      { from: at('2026-11-23 09:00'), to: at('2026-12-14 09:00') },
      isThere,
    )
    assert.deepEqual([first?.contact, second?.contact, third?.contact], ['a', 'c', 'c'])
    assert.deepEqual([first?.gone, second?.gone, third?.gone], [undefined, 'b', undefined])
    assert.equal(third?.from, at('2026-12-07 09:00'))
  })

  it('who steps in and is gone counts for nothing', () => {
    const now = onCallAt(rota({ overrides: stands }), at('2026-11-24 13:00'), (id) => id !== 'x')
    assert.deepEqual(now, { contact: 'a' })
  })
})

describe('hand-overs where clocks are changed', () => {
  const daily = (timeZone: string, handOverAt: string, startsOn: string) =>
    rota({ timeZone, handOverAt, startsOn, turnDays: 1 })
  const utc = (text: string) => Date.parse(`${text}:00Z`)
  const cases: [string, Rota, [string, string][]][] = [
    [
      'at 09:00 in Berlin, whatever the offset',
      daily('Europe/Berlin', '09:00', '2026-03-28'),
      [
        ['2026-03-28T08:00', 'a'],
        ['2026-03-29T07:00', 'b'],
        ['2026-10-24T07:00', 'a'],
        ['2026-10-25T08:00', 'b'],
      ],
    ],
    [
      'at 02:30 where clocks skip from 02:00 to 03:00: at 03:30',
      daily('Europe/Berlin', '02:30', '2026-03-28'),
      [['2026-03-29T01:30', 'b']],
    ],
    [
      'at 02:30 where clocks show it twice: the first time',
      daily('Europe/Berlin', '02:30', '2026-10-24'),
      [['2026-10-25T00:30', 'b']],
    ],
    [
      'at 00:30 where the day begins at 01:00: then',
      daily('America/Asuncion', '00:30', '2023-09-30'),
      [['2023-10-01T04:00', 'b']],
    ],
  ]
  for (const [name, of, starts] of cases) {
    it(name, () => {
      for (const [start, contact] of starts) {
        assert.equal(onCallAt(of, utc(start), everybody).contact, contact, start)
        assert.notEqual(onCallAt(of, utc(start) - 1, everybody).contact, contact, start)
      }
    })
  }
})

describe('shifts', () => {
  const zones = ['Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe']
  const T0 = Date.parse('2026-03-01T00:00Z')
  const instants = fc.integer({ min: 0, max: 60 * 24 }).map((hours) => T0 + hours * HOUR_MS)
  const rotas = fc
    .record({
      timeZone: fc.constantFrom(...zones),
      members: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }),
      startsOn: fc.constantFrom('2026-02-01', '2026-03-08', '2026-03-20'),
      handOverAt: fc.constantFrom('00:00', '02:30', '09:00', '23:30'),
      turnDays: fc.constantFrom(1, 7, 14),
      overrides: fc.array(
        fc
          .record({ from: instants, hours: fc.integer({ min: 1, max: 100 }) })
          .map(({ from, hours }) => ({
            ...{ from, to: from + hours * HOUR_MS, by: '', reason: '' },
            ...{ id: `${from} ${hours}`, contact: 'x' },
          })),
        { maxLength: 3 },
      ),
    })
    .map((more) => rota(more))

  it('say of each instant what a walk in steps of half an hour finds', () => {
    const gone = fc.constantFrom('a', 'x', 'nobody')
    fc.assert(
      fc.property(rotas, instants, gone, (of, from, missing) => {
        const isThere = (contact: string) => contact !== missing
        const to = from + 21 * DAY_MS
        const shifts = shiftsOf(of, { from, to }, isThere)
        assert.deepEqual([shifts[0]?.from, shifts.at(-1)?.to], [from, to])
        for (const [n, shift] of shifts.entries()) {
          assert.ok(shift.to > shift.from)
          const { from: begin, to: end, ...now } = shift
          if (n > 0) assert.equal(begin, shifts[n - 1]?.to)
          for (let step = begin; step < end; step += 30 * MINUTE_MS) {
            assert.deepEqual(onCallAt(of, step, isThere), now)
          }
        }
      }),
      { numRuns: 40 },
    )
  })

  it('a turn moves on where clocks show the hand-over, as a walk day by day counts it', () => {
    fc.assert(
      fc.property(rotas, (given) => {
        const of = { ...given, overrides: [] }
        const format = new Intl.DateTimeFormat('sv-SE', {
          ...{ timeZone: of.timeZone, dateStyle: 'short', timeStyle: 'short' },
        })
        let [turn, left, last] = [-1, 1, '']
        const start = Date.parse(`${of.startsOn}T00:00Z`) - DAY_MS
        for (let now = start; now < start + 40 * DAY_MS; now += 30 * MINUTE_MS) {
          const [day = '', time = ''] = format.format(now).split(' ')
          // A turn ends on its day once clocks show the hand-over or later.
          if (day >= of.startsOn && time >= of.handOverAt && day !== last) {
            last = day
            left--
            if (left === 0) [turn, left] = [turn + 1, of.turnDays]
          }
          const expected = turn < 0 ? undefined : of.members[turn % of.members.length]
          // Where clocks skip the hand-over it is as much later as they skip.
          const mayBeLater = of.handOverAt === '02:30' && time > '02:30' && time < '04:00'
          const { contact } = onCallAt(of, now, everybody)
          if (!mayBeLater) assert.equal(contact, expected, `${day} ${time}`)
        }
      }),
      { numRuns: 30 },
    )
  })
})
