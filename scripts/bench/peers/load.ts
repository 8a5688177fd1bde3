/** Sends reports to a server as fast as it takes them: at each message, until the server has taken them. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { encodeRequest } from '../../../src/tars/packet.ts'
import { packetsOf } from './reports.ts'

const CONNECTIONS = 4
/** So much is written at once. */
const CHUNK_BYTES = 256 * 1024

const [port, keys, heads] = process.argv.slice(2).map(Number)
const packets = packetsOf({ keys: keys ?? 0, heads: heads ?? 0 })
const ping = encodeRequest(
  { sServantName: 'X', sFuncName: 'tars_ping', cPacketType: 0 },
  Buffer.of(),
)
const sockets: Socket[] = []
for (let i = 0; i < CONNECTIONS; i++) {
  const socket = connect(port ?? 0, '127.0.0.1')
  await once(socket, 'connect')
  sockets.push(socket)
}
const shares = sockets.map((_, at) =>
  chunksOf(packets.filter((_, index) => index % CONNECTIONS === at)),
)

process.on('message', async ({ rounds }: { rounds: number }) => {
  const from = performance.now()
  await Promise.all(sockets.map((socket, at) => play(socket, shares[at] ?? [], rounds)))
  process.send?.({ ms: performance.now() - from })
})
process.send?.({ ready: true })

async function play(socket: Socket, chunks: readonly Buffer[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const chunk of chunks) if (!socket.write(chunk)) await once(socket, 'drain')
  }
  // The answer comes when all before it was taken.
  socket.write(ping)
  await once(socket, 'data')
}

function chunksOf(all: readonly Buffer[]): Buffer[] {
  const chunks: Buffer[] = []
  let waiting: Buffer[] = []
  let bytes = 0
  for (const packet of all) {
    waiting.push(packet)
    bytes += packet.length
    if (bytes < CHUNK_BYTES) continue
    chunks.push(Buffer.concat(waiting))
    waiting = []
    bytes = 0
  }
  return [...chunks, Buffer.concat(waiting)]
}
