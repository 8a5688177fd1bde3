import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  insideUntil,
  isInside,
  type TimeInterval,
} from '../../../../src/cloud/notify/routing/time-interval.ts'

const at = (text: string) => Date.parse(text)
const utc = (interval: Omit<TimeInterval, 'timeZone'>): TimeInterval => ({
  timeZone: 'UTC',
  ...interval,
})
const range = (from: number, to = from) => ({ from, to })

/** Alertmanager's `ContainsTime`, by its rules and the cases of its own test. */
const CASES: [name: string, interval: TimeInterval, inside: string[], outside: string[]][] = [
  ['nothing said is always', utc({}), ['2020-07-08T09:00Z'], []],
  [
    'hours: the end does not count',
    utc({ times: [{ from: '09:00', to: '17:00' }] }),
    ['2020-07-08T09:00Z', '2020-07-08T16:59:59Z'],
    ['2020-07-08T08:59:59Z', '2020-07-08T17:00Z'],
  ],
  [
    'until midnight',
    utc({ times: [{ from: '00:00', to: '24:00' }] }),
    ['2020-07-08T00:00Z', '2020-07-08T23:59:59Z'],
    [],
  ],
  ['an empty list of hours is never', utc({ times: [] }), [], ['2020-07-08T09:00Z']],
  [
    'working hours: all that is said must hold',
    utc({ times: [{ from: '09:00', to: '17:00' }], weekdays: [range(1, 5)] }),
    ['2020-05-04T10:45Z', '2020-05-08T10:45Z'],
    ['2020-05-10T10:45Z', '2020-05-04T17:45Z'],
  ],
  [
    'first days of a quarter',
    utc({
      daysOfMonth: [range(1, 5)],
      months: [range(1, 3), range(6, 8)],
      years: [range(2020, 2023), range(2028)],
    }),
    ['2020-01-04T10:00Z', '2028-07-03T00:00Z'],
    ['2020-01-06T10:00Z', '2020-04-02T10:00Z', '2024-01-02T10:00Z'],
  ],
  [
    'the last three days, in any month',
    utc({ daysOfMonth: [range(-3, -1)] }),
    ['2021-02-26T12:00Z', '2020-02-27T12:00Z', '2020-12-31T12:00Z'],
    ['2021-02-25T12:00Z', '2020-02-26T12:00Z', '2020-12-28T12:00Z'],
  ],
  [
    'from the 10th to the last but one',
    utc({ daysOfMonth: [range(10, -2)] }),
    ['2021-02-10T12:00Z', '2021-02-27T12:00Z'],
    ['2021-02-09T12:00Z', '2021-02-28T12:00Z'],
  ],
  [
    'a 31st is none in a month of 30 days',
    utc({ daysOfMonth: [range(31)] }),
    ['2021-01-31T12:00Z'],
    ['2021-04-30T12:00Z'],
  ],
  [
    '25 to 31 ends with the month',
    utc({ daysOfMonth: [range(25, 31)] }),
    ['2021-02-28T12:00Z'],
    ['2021-03-01T12:00Z'],
  ],
  [
    'more days from the end than there are begin with the first',
    utc({ daysOfMonth: [range(-31, -27)] }),
    ['2021-02-01T12:00Z', '2021-02-02T12:00Z'],
    ['2021-02-03T12:00Z'],
  ],
  [
    'clocks are those of the location',
    { times: [{ from: '09:00', to: '10:00' }], weekdays: [range(1)], timeZone: 'Asia/Shanghai' },
    ['2020-05-04T01:30Z'],
    ['2020-05-04T09:30Z', '2020-05-05T01:30Z'],
  ],
]

describe('whether an instant is inside a time interval', () => {
  for (const [name, interval, inside, outside] of CASES) {
    it(name, () => {
      for (const text of inside) assert.equal(isInside([interval], at(text)), true, text)
      for (const text of outside) assert.equal(isInside([interval], at(text)), false, text)
    })
  }

  it('one of several is enough, and none is never', () => {
    const [monday, june] = [utc({ weekdays: [range(1)] }), utc({ months: [range(6)] })]
    assert.equal(isInside([monday, june], at('2020-06-02T12:00Z')), true)
    assert.equal(isInside([], at('2020-06-02T12:00Z')), false)
  })
})

describe('when that changes', () => {
  const shanghai = (interval: Omit<TimeInterval, 'timeZone'>): TimeInterval => ({
    timeZone: 'Asia/Shanghai',
    ...interval,
  })
  const cases: [name: string, intervals: TimeInterval[], from: string, until: string][] = [
    [
      'at the end of its hours',
      [utc({ times: [{ from: '09:00', to: '17:00' }] })],
      '2020-05-04T10:00Z',
      '2020-05-04T17:00Z',
    ],
    [
      'where the next weekday begins',
      [utc({ weekdays: [range(1, 5)] })],
      '2020-05-08T10:00Z',
      '2020-05-09T00:00Z',
    ],
    [
      'by the clocks of the location',
      [shanghai({ weekdays: [range(0), range(6)] })],
      '2020-05-08T10:00Z',
      '2020-05-08T16:00Z',
    ],
    [
      'not where another one goes on, of another location',
      [utc({ times: [{ from: '00:00', to: '12:00' }] }), shanghai({ weekdays: [range(1)] })],
      '2020-05-04T11:00Z',
      '2020-05-04T16:00Z',
    ],
  ]
  for (const [name, intervals, from, until] of cases) {
    it(name, () => {
      const found = insideUntil(intervals, at(from))
      assert.equal(found && new Date(found).toISOString(), new Date(until).toISOString())
    })
  }

  it('is not known beyond 30 days', () => {
    assert.equal(insideUntil([utc({ years: [range(2020)] })], at('2020-05-04T10:00Z')), undefined)
  })
})
