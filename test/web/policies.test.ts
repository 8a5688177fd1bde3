import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { policyBody as schema } from '../../src/cloud/api/policy-schemas.ts'
import { type PolicyBody, policyBody, policyField, policyFields } from '../../src/web/policies.ts'

const hours = { timeZone: 'Asia/Tokyo', outside: 'errors', holidays: 'hold' } as const
const WORK = { days: ['workday'], from: '09:00', to: '12:00' } as const
const REST = { days: ['weekend'], from: '22:00', to: '02:00' } as const

const policies: [string, object][] = [
  ['one with nothing but services', {}],
  ['for some alarms and levels', { alarms: ['Failure*', 'No data'], severities: ['ERROR'] }],
  ['to some people', { contacts: ['a'], groups: ['g'], receivers: ['r', 's'], mode: 'digest' }],
  ['to who is on call', { rotas: ['r'] }],
  ['to nobody', { contacts: [] }],
  ['within hours', { hours: { ...hours, times: [WORK, { ...WORK, from: '13:00' }, REST] } }],
  ['not on holidays', { hours: { ...hours, times: [] } }],
]

describe('the form of a notification', () => {
  for (const [name, change] of policies) {
    it(`keeps what it was given: ${name}`, () => {
      const policy = schema.parse({ name: 'p', services: ['*', 'A.B/c'], ...change }) as PolicyBody
      assert.deepEqual(policyBody(policyFields(policy), true), policy)
    })
  }

  it('hours of every day are hours of workdays and of weekends', () => {
    const both = { ...WORK, days: ['workday', 'weekend'] }
    const given = { name: 'p', services: ['*'], hours: { ...hours, times: [both] } }
    const { hours: kept } = policyBody(policyFields(schema.parse(given) as PolicyBody), true)
    assert.deepEqual(kept?.times, [WORK, { ...WORK, days: ['weekend'] }])
  })

  const typed: [string, object[]][] = [
    ['9:00-18:00', [{ from: '09:00', to: '18:00' }]],
    ['09：00–18：00', [{ from: '09:00', to: '18:00' }]],
    [
      '09:00-12:00，13:00-24:00',
      [
        { from: '09:00', to: '12:00' },
        { from: '13:00', to: '24:00' },
      ],
    ],
    [
      'all day',
      [
        { from: 'all', to: '' },
        { from: 'day', to: '' },
      ],
    ],
  ]
  for (const [text, times] of typed) {
    it(`hours typed as ${text}`, () => {
      const fields = { ...policyFields(), always: false, workday: text, weekend: '' }
      const days = ['workday']
      const expected = times.map((time) => ({ days, ...time }))
      assert.deepEqual(policyBody(fields, true).hours?.times, expected)
    })
  }

  it('what is refused is told at its field', () => {
    const fields = { ...policyFields(), workday: '09:00-12:00, 13:00-14:00', weekend: 'x' }
    const paths = ['services/1', 'hours/times/1/from', 'hours/times/2/from', 'hours/timeZone']
    const found = paths.map((path) => policyField(path, fields))
    assert.deepEqual(found, ['services', 'workday', 'weekend', 'timeZone'])
  })
})
