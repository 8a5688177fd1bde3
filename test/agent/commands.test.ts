import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Commands, commandOf } from '../../src/agent/commands.ts'
import { silentLog } from '../../src/support/log.ts'

interface Behaviour {
  readonly reload?: () => Promise<string>
  readonly configRefused?: boolean
}

function commandsOf({ reload, configRefused = false }: Behaviour = {}) {
  const told: unknown[][] = []
  const levels: string[] = []
  const ports = {
    reload: reload ?? (async () => 'AgentServer.conf is loaded'),
    setLogLevel: (level: string) => void levels.push(level),
    viewStatus: () => 'all is well',
    version: () => '1.2.3',
    tell: async (...news: unknown[]) => void told.push(news),
    log: silentLog,
  }
  const commands = new Commands(ports, configRefused)
  const run = (name: string, data = '') => commands.run({ name, data })
  return { run, told, levels }
}

describe('a process message is', () => {
  const table: [name: string, message: unknown, command: object | undefined][] = [
    [
      'a command, as node-agent sends it',
      { cmd: 'tars.loadconfig', data: 'AgentServer.conf' },
      { name: 'tars.loadconfig', data: 'AgentServer.conf' },
    ],
    ['a command without data', { cmd: 'tars.viewstatus' }, { name: 'tars.viewstatus', data: '' }],
    [
      'a command whose sender waits for an answer',
      { cmd: 'alarm.status', id: 7 },
      { name: 'alarm.status', data: '', id: 7 },
    ],
    ['a stop, which is no command', { cmd: 'agent.shutdown' }, undefined],
    ['one of @tars/rpc', { cmd: 'process.msg:all', event: 'finishInvoke' }, undefined],
    ['of somebody else', 'hello', undefined],
    ['nothing', null, undefined],
    ['without a name', { cmd: 3 }, undefined],
  ]
  for (const [name, message, command] of table) {
    it(name, () => assert.deepEqual(commandOf(message), command))
  }
})

describe('tars.loadconfig', () => {
  it('loads, and says what came of it', async () => {
    const { run, told } = commandsOf()
    assert.equal(await run('tars.loadconfig', 'AgentServer.conf'), 'AgentServer.conf is loaded')
    assert.deepEqual(told, [['normal', 'AgentServer.conf is loaded', undefined]])
  })

  it('of a bad config: says why as a trouble, and when the next is good, that it is over', async () => {
    const faults = ['AgentServer.conf:2: window: …', undefined]
    const { run, told } = commandsOf({
      reload: async () => {
        const fault = faults.shift()
        if (fault) throw new Error(fault)
        return 'loaded'
      },
    })
    const refused = await run('tars.loadconfig')
    assert.match(refused, /^AgentServer\.conf is refused, .* stays in force: .*:2: window/)
    assert.equal(await run('tars.loadconfig'), 'loaded')
    assert.deepEqual(told, [
      ['error', refused, 'config'],
      ['normal', 'loaded', 'config'],
    ])
  })

  it('of a good config after a start with an older one: the trouble is over', async () => {
    const { run, told } = commandsOf({ configRefused: true })
    await run('tars.loadconfig')
    assert.deepEqual(told, [['normal', 'AgentServer.conf is loaded', 'config']])
  })

  it('of another file is not for us', async () => {
    const { run, told } = commandsOf()
    assert.match(await run('tars.loadconfig', 'other.conf'), /only AgentServer\.conf/)
    assert.deepEqual(told, [])
  })

  it('runs one after the other', async () => {
    const events: string[] = []
    const { run } = commandsOf({
      reload: async () => {
        events.push('begin')
        await new Promise((resolve) => setImmediate(resolve))
        events.push('end')
        return ''
      },
    })
    await Promise.all([run('tars.loadconfig'), run('tars.loadconfig')])
    assert.deepEqual(events, ['begin', 'end', 'begin', 'end'])
  })
})

describe('tars.setloglevel', () => {
  const table: [word: string, level: string][] = [
    ['NONE', 'silent'],
    ['ERROR', 'error'],
    ['WARN', 'warn'],
    ['INFO', 'info'],
    ['DEBUG', 'debug'],
    ['TARS', 'debug'],
    ['debug', 'debug'],
  ]
  for (const [word, level] of table) {
    it(`${word} logs ${level}`, async () => {
      const { run, levels } = commandsOf()
      assert.match(await run('tars.setloglevel', word), new RegExp(`^log level is ${level},`))
      assert.deepEqual(levels, [level])
    })
  }

  it('of a word that is no level changes nothing', async () => {
    const { run, levels } = commandsOf()
    assert.equal(
      await run('tars.setloglevel', 'LOUD'),
      "log level 'LOUD' is none of NONE, ERROR, WARN, INFO, DEBUG, TARS",
    )
    assert.deepEqual(levels, [])
  })
})

describe('other commands', () => {
  for (const name of ['tars.viewstatus', 'alarm.status']) {
    it(`${name} answers, and tells TarsWeb`, async () => {
      const { run, told } = commandsOf()
      assert.equal(await run(name), 'all is well')
      assert.deepEqual(told, [['normal', 'all is well']])
    })
  }

  it('tars.viewversion is ours, not that of node-agent', async () => {
    assert.equal(await commandsOf().run('tars.viewversion'), '1.2.3')
  })

  it('one that nobody knows is answered by those that are known', async () => {
    assert.match(
      await commandsOf().run('tars.bid'),
      /^unknown command 'tars\.bid'.*tars\.loadconfig/,
    )
  })
})
