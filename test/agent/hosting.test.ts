import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foreignObject, hostingOf } from '../../src/agent/hosting.ts'
import type { TarsIdentity } from '../../src/agent/identity.ts'
import { soloIdentity } from '../../src/agent/solo.ts'

const solo = soloIdentity('tcp -h 10.0.0.5 -p 18802', '/nowhere')
const LOCATOR = 'tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890'
const identity = (more: Partial<TarsIdentity>): TarsIdentity => ({ ...solo, ...more })

describe('of a stop, sending may take', () => {
  const table: [deactivatingMs: number, graceMs: number, why: string][] = [
    [3_000, 1_500, 'what node-agent leaves of the usual 3 s, less half a second'],
    [2_000, 500, 'half a second of the 2 s of K8SFramework'],
    [0, 500, 'half a second at least'],
    [60_000, 10_000, '10 s at most'],
  ]
  for (const [deactivatingMs, graceMs, why] of table) {
    it(why, () => assert.equal(hostingOf(identity({ deactivatingMs })).graceMs, graceMs))
  }
})

describe('tarsconfig', () => {
  const table: [name: string, more: Partial<TarsIdentity>, object: string | undefined][] = [
    [
      'is asked where the registry finds it',
      { config: 'tars.tarsconfig.ConfigObj', locator: LOCATOR },
      'tars.tarsconfig.ConfigObj',
    ],
    [
      'is asked at its address',
      { config: 'tars.tarsconfig.ConfigObj@tcp -h 10.0.0.2 -p 1' },
      'tars.tarsconfig.ConfigObj@tcp -h 10.0.0.2 -p 1',
    ],
    ['is not asked without a registry', { config: 'tars.tarsconfig.ConfigObj' }, undefined],
    ['is not asked when there is none', { locator: LOCATOR }, undefined],
  ]
  for (const [name, more, object] of table) {
    it(name, () => {
      const without = { config: undefined, locator: undefined }
      assert.equal(hostingOf(identity({ ...without, ...more })).configObject, object)
    })
  }
})

describe('what we report goes to', () => {
  const table: [name: string, more: Partial<TarsIdentity>, object: string | undefined][] = [
    [
      'the object that the TARS config names',
      { property: 'my.own.PropertyObj', locator: LOCATOR },
      'my.own.PropertyObj',
    ],
    [
      'the framework’s own when the template has us in its place',
      { property: 'Alarm.AgentServer.PropertyObj', locator: LOCATOR },
      'tars.tarsproperty.PropertyObj',
    ],
    [
      'the framework’s own when our address hides behind another name',
      { property: 'a.b.C@tcp -h 10.0.0.5 -p 18802', locator: LOCATOR },
      'tars.tarsproperty.PropertyObj',
    ],
    [
      'nobody, when only we could be found',
      { property: 'Alarm.AgentServer.PropertyObj@tcp -h 10.0.0.5 -p 18802' },
      undefined,
    ],
  ]
  for (const [name, more, object] of table) {
    it(name, () => assert.equal(foreignObject(identity(more), 'property'), object))
  }
})
