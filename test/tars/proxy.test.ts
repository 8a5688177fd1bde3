import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { describe, it } from 'node:test'
import { silentLog } from '../../src/support/log.ts'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { MonitorQuery, MonitorQueryReq, MonitorQueryRsp } from '../../src/tars/idl/monitor-query.ts'
import { NotifyF } from '../../src/tars/idl/notify-f.ts'
import { Notifier } from '../../src/tars/notifier.ts'
import { oneWayProxy, proxy } from '../../src/tars/proxy.ts'
import type { Call } from '../../src/tars/servant.ts'
import { type Cleanup, OBJECT, startHost } from './running-host.ts'

const ask = { req: { ...MonitorQueryReq.zero(), dataid: 'tars_stat' } }
const answer = { ret: 0, rsp: { ...MonitorQueryRsp.zero(), lastTime: '20261121 0220' } }

function open(test: Cleanup) {
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  return communicator
}

const at = (port: number, transport = 'tcp') => `${OBJECT}@${transport} -h 127.0.0.1 -p ${port}`

describe('a proxy', () => {
  for (const transport of ['tcp', 'udp'] as const) {
    it(`calls and is answered over ${transport}, with its context`, async (test) => {
      let nodeName: string | undefined
      const { port } = await startHost(
        test,
        {
          query: (body, call) => {
            assert.deepEqual(MonitorQuery.query.request.decode(body), ask)
            nodeName = call.context.get('node_name')
            call.respond(MonitorQuery.query.response.encode(answer))
          },
        },
        { transport },
      )
      const query = proxy(open(test), MonitorQuery, at(port, transport), {
        context: { node_name: 'node-a' },
      })
      assert.deepEqual(await query.query(ask), answer)
      assert.equal(nodeName, 'node-a')
    })
  }

  it('throws what the server refuses by, with its code', async (test) => {
    const { port } = await startHost(test, { query: (_b, call) => call.respondError(-9, 'busy') })
    await assert.rejects(proxy(open(test), MonitorQuery, at(port)).query(ask), {
      name: 'CallError',
      reason: 'refused',
      code: -9,
      retryable: false,
      message: 'query: answered with code -9 busy',
    })
  })

  it('throws when there is no answer in time', async (test) => {
    const { port } = await startHost(test, { query: () => {} })
    const query = proxy(open(test), MonitorQuery, at(port), { timeoutMs: 20 })
    await assert.rejects(query.query(ask), { reason: 'timeout', retryable: true })
  })

  it('throws when nobody listens', async (test) => {
    const { host, port } = await startHost(test, {})
    await host.stop(0)
    const query = proxy(open(test), MonitorQuery, at(port), { timeoutMs: 20 })
    await assert.rejects(query.query(ask), { name: 'CallError', retryable: true })
  })

  it('throws when the result is malformed', async (test) => {
    const { port } = await startHost(test, { query: (_b, call) => call.respond(Buffer.of(0xff)) })
    await assert.rejects(proxy(open(test), MonitorQuery, at(port)).query(ask), {
      reason: 'bad-answer',
    })
  })

  it('survives a server that answers with noise', async (test) => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', () => socket.write(Buffer.from('00000008deadbeef', 'hex')))
      test.after(() => socket.destroy())
    })
    test.after(() => server.close())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert(typeof address === 'object' && address)
    const query = proxy(open(test), MonitorQuery, at(address.port), { timeoutMs: 50 })
    await assert.rejects(query.query(ask), { reason: 'timeout' })
  })
})

describe('a one-way proxy', () => {
  it('resolves without an answer', async (test) => {
    let came: (call: Call) => void = () => {}
    const call = new Promise<Call>((resolve) => {
      came = resolve
    })
    const { port } = await startHost(test, { query: (_body, each) => came(each) })
    assert.equal(await oneWayProxy(open(test), MonitorQuery, at(port)).query(ask), undefined)
    assert.equal((await call).oneWay, true)
  })
})

describe('a notifier', () => {
  const who = { app: 'Alarm', server: 'AgentServer', node: 'node-a', log: silentLog }

  it('tells the notify object who speaks, and how bad it is', async (test) => {
    const heard: unknown[] = []
    const { port } = await startHost(test, {
      reportNotifyInfo: (body, call) => {
        heard.push(NotifyF.reportNotifyInfo.request.decode(body).info)
        call.respond(Buffer.alloc(0))
      },
    })
    const notifier = new Notifier({ ...who, communicator: open(test), object: at(port) })
    await notifier.notify('error', 'env_key is unknown')
    assert.partialDeepStrictEqual(heard[0], {
      eType: 1,
      eLevel: 2,
      sApp: 'Alarm',
      sServer: 'AgentServer',
      sNodeName: 'node-a',
      sMessage: 'env_key is unknown',
    })
    assert.deepEqual(notifier.counts, { sent: 1, failed: 0 })
  })

  it('counts what fails and throws nothing', async (test) => {
    const { port } = await startHost(test, {})
    const notifier = new Notifier({ ...who, communicator: open(test), object: at(port) })
    await Promise.all(Array.from({ length: 20 }, () => notifier.notify('warn', 'x')))
    assert.deepEqual(notifier.counts, { sent: 0, failed: 20 })
  })
})
