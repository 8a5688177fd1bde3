/** Connections are read through one buffer: otherwise each read costs memory that must be collected. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { it, type TestContext } from 'node:test'
import { readShared } from '../../src/tars/shared-reads.ts'

/** A server that hands what it reads to `take`; returns a client of it. */
async function serve(test: TestContext, take: (data: Buffer) => void) {
  const server = createServer((socket) => {
    readShared(socket, take)
    // As @tars/rpc does: it makes the socket flow.
    socket.on('data', () => assert.fail('came as an event'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.after(() => server.close())
  return async (): Promise<Socket> => {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    test.after(() => client.destroy())
    await once(client, 'connect')
    return client
  }
}

it('reads of all connections come in one buffer, whole and in order', async (test) => {
  const buffers = new Set<ArrayBufferLike>()
  let heard = ''
  let onHeard = () => {}
  const connected = await serve(test, (data) => {
    buffers.add(data.buffer)
    heard += data.toString()
    onHeard()
  })
  for (const text of ['one', 'two', 'three']) {
    const client = await connected()
    const { promise, resolve } = Promise.withResolvers<void>()
    onHeard = () => heard.endsWith(text) && resolve()
    client.write(text)
    await promise
  }
  assert.equal(heard, 'onetwothree')
  assert.equal(buffers.size, 1)
})

it('the end of a connection is heard as ever', async (test) => {
  const ended = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    readShared(socket, () => {})
    socket.on('end', ended.resolve).resume()
  }).listen(0, '127.0.0.1')
  test.after(() => server.close())
  await once(server, 'listening')
  connect((server.address() as AddressInfo).port, '127.0.0.1').end('bye')
  await ended.promise
})
