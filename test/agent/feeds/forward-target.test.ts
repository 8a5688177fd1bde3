import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type TargetQuestion, targetOf } from '../../../src/agent/feeds/forward-target.ts'
import { parseEndpoint } from '../../../src/tars/endpoint.ts'

const STANDARD = 'tars.tarsstat.StatObj'
const QUESTION: TargetQuestion = {
  mode: 'auto',
  named: undefined,
  standard: STANDARD,
  server: 'Alarm.AgentServer',
  listening: [parseEndpoint('tcp -h 10.0.0.1 -p 18802'), parseEndpoint('tcp -h 0.0.0.0 -p 18803')],
  hasLocator: true,
}

const on = (object: string) => ({ state: 'on', object })
const off = (why: string) => ({ state: 'off', why })

const table: [name: string, question: Partial<TargetQuestion>, expected: object][] = [
  ['the framework’s own object', {}, on(STANDARD)],
  ['the object the TARS config names', { named: 'my.stat.StatObj' }, on('my.stat.StatObj')],
  [
    'the framework’s own when the template points at us',
    { named: 'Alarm.AgentServer.StatObj' },
    on(STANDARD),
  ],
  [
    'the framework’s own when the template names us with an address',
    { named: 'Alarm.AgentServer.StatObj@tcp -h 10.0.0.9 -p 1' },
    on(STANDARD),
  ],
  [
    'the framework’s own when the template has one of our addresses under another name',
    { named: 'a.b.StatObj@tcp -h 10.0.0.9 -p 1:tcp -h 10.0.0.1 -p 18802 -t 3000' },
    on(STANDARD),
  ],
  [
    'the framework’s own when it has the loopback of an adapter that listens everywhere',
    { named: 'a.b.StatObj@tcp -h 127.0.0.1 -p 18803' },
    on(STANDARD),
  ],
  [
    'a server of like name is not ourselves',
    { named: 'Alarm.AgentServerX.StatObj' },
    on('Alarm.AgentServerX.StatObj'),
  ],
  [
    'the same port of another machine is not ourselves',
    { named: 'a.b.StatObj@tcp -h 10.0.0.2 -p 18802' },
    on('a.b.StatObj@tcp -h 10.0.0.2 -p 18802'),
  ],
  ['nobody when we are the framework’s own', { server: 'tars.tarsstat' }, off('loop')],
  ['nobody without a locator', { hasLocator: false }, off('no-locator')],
  [
    'nobody without a locator, also when asked for',
    { mode: 'on', hasLocator: false },
    off('no-locator'),
  ],
  [
    'an address needs no locator',
    { hasLocator: false, named: 'a.b.StatObj@tcp -h 10.0.0.2 -p 1' },
    on('a.b.StatObj@tcp -h 10.0.0.2 -p 1'),
  ],
  ['nobody when switched off', { mode: 'off' }, off('config')],
]

describe('what arrives is passed on to', () => {
  for (const [name, question, expected] of table) {
    it(name, () => assert.deepEqual(targetOf({ ...QUESTION, ...question }), expected))
  }
})
