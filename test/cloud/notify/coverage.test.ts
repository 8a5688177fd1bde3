/** Of which services nobody would be told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { uncovered } from '../../../src/cloud/notify/coverage.ts'
import type { Audience } from '../../../src/cloud/notify/ports.ts'
import { routeReason } from '../../../src/cloud/notify/stages/route.ts'
import type { Labels } from '../../../src/model/labels.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'

const SERVICES = ['Shop.Pay', 'Game.Room']
const robot = { environment: ENVIRONMENT, kind: 'dingtalk', language: 'zh' } as const

function left(parts: Partial<Audience>): string[] {
  const usual = { environmentName: 'env', policies: [policy('p')], contacts: [contact('zhang')] }
  return uncovered(SERVICES, { environment: ENVIRONMENT, audience: { ...usual, ...parts }, at: AT })
}

describe('an alarm of the cloud on itself', () => {
  const shop = policy('p', { services: ['Shop'] })
  const reason = (labels: Labels, parts = {}) =>
    routeReason({ ...shop, ...parts }, change('fired', AT, alert('a', { labels })))

  it('concerns every notification, whatever its services', () => {
    const labels = { service: 'Alarm.AgentServer' }
    assert.equal(reason(labels), 'other-services')
    assert.equal(reason({ ...labels, watchdog: 'data' }), 'covered')
  })

  it('is not told by one that picks other alarms, or is off', () => {
    const labels = { service: 'Alarm.AgentServer', watchdog: 'data' }
    assert.equal(reason(labels, { alarms: ['Call*'] }), 'other-alarms')
    assert.equal(reason(labels, { off: true }), 'policy-off')
  })
})

describe('services of which nobody is told', () => {
  const shop = (parts: Parameters<typeof policy>[1]) => ({
    policies: [policy('p', { services: ['Shop'], ...parts })],
  })
  const cases: [string, Partial<Audience>, string[]][] = [
    ['none, where one notification tells everybody of everything', {}, []],
    ['all, without a notification', { policies: [] }, SERVICES],
    ['all, without a contact', { contacts: [] }, SERVICES],
    ['all, whose contacts have no address', { contacts: [contact('li', { email: '' })] }, SERVICES],
    ['those that no notification covers', shop({}), ['Game.Room']],
    ['those whose notification is off', shop({ off: true }), SERVICES],
    ['those whose notification names a contact that is gone', shop({ contacts: ['li'] }), SERVICES],
    [
      'not those told of by some alarms or levels',
      shop({ alarms: ['Down'], severities: ['INFO'] }),
      ['Game.Room'],
    ],
    [
      'all, told by SMS to contacts without a phone',
      {
        ...shop({ contacts: ['li'], receivers: ['s'] }),
        contacts: [contact('li', { email: '' })],
        receivers: [
          { ...robot, kind: 'aliyun-sms', id: 's', name: 's', timeZone: 'UTC', phones: [] },
        ],
      },
      SERVICES,
    ],
    [
      'not those told to a robot',
      {
        ...shop({ contacts: [], receivers: ['r'] }),
        receivers: [{ ...robot, id: 'r', name: 'r', timeZone: 'UTC' }],
      },
      ['Game.Room'],
    ],
  ]
  for (const [sentence, parts, expected] of cases) {
    it(sentence, () => assert.deepEqual(left(parts), expected))
  }
})
