import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  changesOf,
  intended,
  isExpectedOfRestart,
  newVersions,
  recentChanges,
} from '../../../src/cloud/cause/node-change.ts'
import type { Symptom } from '../../../src/cloud/cause/symptom.ts'
import type { EventKind, NotifyEvent } from '../../../src/model/event.ts'
import { AT } from './support/world.ts'

function event(kind: EventKind, node: string, agoS: number, text: string = kind): NotifyEvent {
  const at = AT - agoS * 1000
  return { at, module: 'App.D', level: 'normal', kind, node, set: '', title: text, text }
}

describe('notifies tell what was done to nodes', () => {
  const cases: readonly (readonly [EventKind, string, string | undefined])[] = [
    ['restart', 'restart', 'restart'],
    ['stop', 'stop', 'stop'],
    ['command', 'patch: App.D 10.0.0.1', 'publish'],
    ['command', 'restart server: App.D', 'restart'],
    ['command', 'stop server: App.D', 'stop'],
    ['command', 'stop server error: App.D', undefined],
    ['command', 'AdminServant::notify:tars.viewstatus', undefined],
    ['down', '[alarm] down, server is inactive', 'crash'],
    ['config', '[succ] load config', undefined],
    ['business', 'order 7 failed', undefined],
  ]
  for (const [kind, text, expected] of cases) {
    it(`${text}: ${expected ?? 'nothing'}`, () => {
      assert.equal(changesOf([event(kind, '10.0.0.1', 0, text)])[0]?.kind, expected)
    })
  }

  it('those of unknown nodes tell nothing', () => {
    assert.deepEqual(changesOf([event('restart', '', 0)]), [])
  })

  it('the newest of a service come first, older ones are left out', () => {
    const changes = changesOf([
      event('restart', 'a', 30),
      event('stop', 'b', 10),
      event('stop', 'c', 999),
    ])
    const nodes = recentChanges(changes, 'App.D', AT, 600_000).map(({ node }) => node)
    assert.deepEqual(nodes, ['b', 'a'])
    assert.deepEqual(recentChanges(changes, 'App.E', AT, 600_000), [])
  })

  it('a restart after a crash of that node was not intended', () => {
    const changes = changesOf([
      event('down', 'a', 40),
      event('restart', 'a', 38),
      event('restart', 'b', 38),
    ])
    assert.deepEqual(
      intended(changes).map(({ node }) => node),
      ['b'],
    )
  })
})

describe('a version is new', () => {
  const before = [
    { node: 'a', version: '3.0.1' },
    { node: 'b', version: '3.0.1' },
  ]
  const versionsOf = (now: typeof before) =>
    newVersions('App.D', AT, before, now).map(({ node, version }) => `${node} ${version}`)

  it('where a known node reports it for the first time', () => {
    const now = [
      { node: 'a', version: '3.0.2' },
      { node: 'b', version: '3.0.1' },
    ]
    assert.deepEqual(versionsOf(now), ['a 3.0.2'])
  })

  it('not on a node that nobody knew, nor where none is told', () => {
    assert.deepEqual(
      versionsOf([
        { node: 'c', version: '3.0.2' },
        { node: 'a', version: '' },
      ]),
      [],
    )
  })
})

describe('an alert is expected of a restart', () => {
  const restartA = event('restart', 'a', 60)
  const cases: readonly (readonly [
    string,
    Symptom,
    Record<string, number>,
    NotifyEvent[],
    boolean,
  ])[] = [
    ['when the restarted node makes up the dip', 'traffic', { a: 0.95, b: 0.05 }, [restartA], true],
    ['when it makes up the failures', 'failures', { a: 1 }, [restartA], true],
    [
      'when two were restarted and make them up together',
      'failures',
      { a: 0.5, b: 0.5 },
      [restartA, event('stop', 'b', 90)],
      true,
    ],
    ['not when another node fails', 'failures', { b: 1 }, [restartA], false],
    ['not when others fail as well', 'failures', { a: 0.5, b: 0.5 }, [restartA], false],
    ['not when the restart is long ago', 'failures', { a: 1 }, [event('restart', 'a', 121)], false],
    ['not when it had crashed', 'down', { a: 1 }, [event('zombie', 'a', 70), restartA], false],
    ['not when it is slow', 'latency', { a: 1 }, [restartA], false],
    ['not without a restart', 'down', { a: 1 }, [], false],
  ]
  for (const [name, symptom, shares, events, expected] of cases) {
    it(name, () => {
      const shortfall = { service: 'App.D', symptom, shares: new Map(Object.entries(shares)) }
      assert.equal(isExpectedOfRestart(shortfall, changesOf(events), AT), expected)
    })
  }
})
