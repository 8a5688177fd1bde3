import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { StopList } from '../../../src/support/stop-list.ts'

/** Where a framework's own tarsstat would listen: takes everything. Returns the port. */
export async function openSink(stop: StopList): Promise<number> {
  const sockets = new Set<Socket>()
  const sink = createServer((socket) => {
    sockets.add(socket.resume().on('error', () => {}))
  }).listen(0, '127.0.0.1')
  await once(sink, 'listening')
  stop.push('sink', async () => {
    for (const socket of sockets) socket.destroy()
    sink.close()
  })
  return (sink.address() as AddressInfo).port
}
