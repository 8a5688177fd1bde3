/** The whole path over TCP, against a plain servant of @tars/rpc that decodes with `readMap`. */
import { StopList } from '../../../src/support/stop-list.ts'
import { freePorts, type Started, startProcess, stopAll } from '../../demo/processes.ts'
import { medianRatio } from './decoding.ts'
import { openSink } from './sink.ts'

const KEYS = 20_000
const ROUNDS = 9

const peer = (file: string) => new URL(`../peers/${file}`, import.meta.url).pathname

/** Records a CPU second of the server's process, and of the clock, for both servers in turn. */
export async function measureServers(heads: number, note: (text: string) => void) {
  note(`servers over TCP, ${heads} heads a packet`)
  const stop = new StopList()
  try {
    const agent = await startServer('agent-server.ts', heads, stop)
    const plain = await startServer('read-map-server.cjs', heads, stop)
    const forwarding = await startServer('agent-server.ts', heads, stop, [await openSink(stop)])
    await agent.run(60)
    await forwarding.run(20)
    await plain.run(1)
    const rates = { agent: [] as Rate[], readMap: [] as Rate[], forwarding: [] as Rate[] }
    for (let round = 0; round < ROUNDS; round++) {
      rates.agent.push(await agent.run(30))
      rates.readMap.push(await plain.run(2))
      rates.forwarding.push(await forwarding.run(10))
    }
    const ratioOf = (ours: readonly Rate[], by: keyof Rate) =>
      medianRatio(
        ours.map((rate) => rate[by]),
        rates.readMap.map((rate) => rate[by]),
      )
    return {
      ratio: ratioOf(rates.agent, 'cpu'),
      ratio_by_clock: ratioOf(rates.agent, 'clock'),
      ratio_while_forwarding: ratioOf(rates.forwarding, 'cpu'),
      records_per_s: rates,
    }
  } finally {
    await stop.stop()
  }
}

interface Rate {
  readonly cpu: number
  readonly clock: number
}

async function startServer(
  file: string,
  heads: number,
  stop: StopList,
  more: readonly number[] = [],
) {
  const [port] = await freePorts(1)
  const server = await startProcess(file, peer(file), { args: [port, ...more].map(String) })
  stop.push(file, () => stopAll([server], 1_000))
  const args = [`${port}`, `${KEYS}`, `${heads}`]
  const load = await startProcess('load', peer('load.ts'), { args })
  stop.push('load', () => stopAll([load], 1_000))
  return {
    async run(rounds: number): Promise<Rate> {
      const before = (await ask(server, {})) as Used
      const { ms } = (await ask(load, { rounds })) as { ms: number }
      const after = (await ask(server, {})) as Used
      const cpuSeconds =
        (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1e6
      return { cpu: (rounds * KEYS) / cpuSeconds, clock: (rounds * KEYS) / (ms / 1_000) }
    },
  }
}

interface Used {
  readonly cpu: NodeJS.CpuUsage
}

function ask({ child }: Started, message: object): Promise<unknown> {
  return new Promise((resolve) => {
    child.once('message', resolve)
    child.send(message)
  })
}
