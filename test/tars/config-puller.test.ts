import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { ConfigPuller } from '../../src/tars/config-puller.ts'
import { ConfigF } from '../../src/tars/idl/config-f.ts'
import { type Cleanup, OBJECT, startHost } from './running-host.ts'

type Answer = { ret: number; config: string } | undefined

/** A puller, and what tarsconfig was asked; undefined leaves a question unanswered. */
async function pullerOf(test: Cleanup, answers: Answer[], timeoutMs = 10_000) {
  const asked: object[] = []
  const { port } = await startHost(test, {
    loadConfigByInfo: (body, call) => {
      asked.push(ConfigF.loadConfigByInfo.request.decode(body).configInfo)
      const answer = answers.shift()
      if (answer) call.respond(ConfigF.loadConfigByInfo.response.encode(answer))
    },
  })
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  const puller = new ConfigPuller({
    communicator,
    object: `${OBJECT}@tcp -h 127.0.0.1 -p ${port}`,
    app: 'Alarm',
    server: 'AgentServer',
    node: '10.0.0.5',
    set: 'grp.sz.1',
    timeoutMs,
  })
  return { puller, asked }
}

describe('a config file of tarsconfig', () => {
  it('is asked for with server, node and set', async (test) => {
    const { puller, asked } = await pullerOf(test, [{ ret: 0, config: '<main>\n</main>' }])
    assert.equal(await puller.pull('AgentServer.conf'), '<main>\n</main>')
    assert.deepEqual(asked, [
      {
        appname: 'Alarm',
        servername: 'AgentServer',
        filename: 'AgentServer.conf',
        bAppOnly: false,
        host: '10.0.0.5',
        setdivision: 'grp.sz.1',
      },
    ])
  })

  it('is asked for again when nobody answers', async (test) => {
    const { puller } = await pullerOf(test, [undefined, { ret: 0, config: 'x=1' }], 500)
    assert.equal(await puller.pull('a.conf'), 'x=1')
  })

  it('is given up after two tries', async (test) => {
    const { puller, asked } = await pullerOf(test, [], 50)
    await assert.rejects(puller.pull('a.conf'), { reason: 'timeout' })
    assert.equal(asked.length, 2)
  })

  const table: [name: string, answer: Answer, reason: string][] = [
    ['is not there when the answer is empty', { ret: 0, config: '' }, 'empty'],
    ['is not there when the answer is blank', { ret: 0, config: ' \n\n' }, 'empty'],
    [
      'is refused with a code, as 429 when others ask too often',
      { ret: 429, config: '' },
      'refused',
    ],
  ]
  for (const [name, answer, reason] of table) {
    it(name, async (test) => {
      const { puller, asked } = await pullerOf(test, [answer, answer])
      await assert.rejects(puller.pull('a.conf'), { name: 'PullError', reason, message: /a\.conf/ })
      assert.equal(asked.length, 1)
    })
  }
})
