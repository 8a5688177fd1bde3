/** The agent of a recording: recorded packets → feeds → windows → batches, to the cloud's real door. */
import type { EnvironmentCard } from '../../scripts/demo/console.ts'
import type { RecordedPacket } from '../../scripts/demo/recording.ts'
import { SubscribeFeed } from '../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../src/agent/window/windows.ts'
import type { Cloud } from '../../src/cloud/cloud.ts'
import type { NotifyEvent } from '../../src/model/event.ts'
import { silentLog } from '../../src/support/log.ts'
import { decodeRequest } from '../../src/tars/packet.ts'
import type { Servant } from '../../src/tars/servant.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, type Batch, encodeBatch } from '../../src/wire/index.ts'
import type { FakeClock } from '../support/fake-clock.ts'

export const WINDOW_MS = 10_000

/** What an agent makes of the packets that it hears from `startsAt` on. */
export class Walker {
  readonly startsAt: number
  readonly environment: EnvironmentCard
  /** Who is told of its environment, and of no other. */
  readonly addresses: ReadonlySet<string>
  readonly #ahead: RecordedPacket[]
  readonly #endMs: number
  readonly #windows: Windows
  readonly #events: NotifyEvent[] = []
  readonly #servants: readonly Servant[]
  #seq = 0

  constructor(given: {
    packets: readonly RecordedPacket[]
    startsAt: number
    clock: FakeClock
    environment: EnvironmentCard
    addresses: ReadonlySet<string>
  }) {
    const { packets, startsAt, clock } = given
    this.startsAt = startsAt
    this.environment = given.environment
    this.addresses = given.addresses
    this.#ahead = [...packets].reverse()
    this.#endMs = startsAt + (packets.at(-1)?.atMs ?? 0) + 3 * WINDOW_MS
    this.#windows = new Windows(DEFAULT_WINDOW, startsAt)
    const feed = new SubscribeFeed({
      intake: {
        stat: (at, known, values) => this.#windows.addStat(at, known, values),
        property: (at, row) => this.#windows.addProperty(at, row),
        event: async (event) => void this.#events.push(event),
      },
      now: () => clock.now(),
      log: silentLog,
    })
    this.#servants = feed.servants('Alarm.AgentServer')
  }

  /** When it next hears a packet or closes a window; Infinity when it is at its end. */
  get nextAt(): number {
    const { nextEndMs } = this.#windows
    if (nextEndMs > this.#endMs) return Number.POSITIVE_INFINITY
    return Math.min(this.#nextPacketAt, nextEndMs)
  }

  get #nextPacketAt(): number {
    return this.startsAt + (this.#ahead.at(-1)?.atMs ?? Number.POSITIVE_INFINITY)
  }

  /** Does what falls due at `nextAt`. */
  async step(cloud: Cloud): Promise<void> {
    const { nextEndMs } = this.#windows
    const packet = this.#nextPacketAt < nextEndMs ? this.#ahead.pop() : undefined
    if (packet) return hand(this.#servants, packet)
    const { windows } = this.#windows.close(nextEndMs)
    const batch = batchOf(++this.#seq, nextEndMs, windows, this.#events.splice(0))
    await post(cloud, this.environment.envKey, batch)
  }
}

async function hand(servants: readonly Servant[], { packet, peer }: RecordedPacket): Promise<void> {
  const { header, body } = decodeRequest(packet.subarray(4))
  const [host = '', port = ''] = peer.split(':')
  const take = servants.map(({ functions }) => functions[header.sFuncName]).find(Boolean)
  await take?.(body, {
    functionName: header.sFuncName,
    servantName: header.sServantName,
    host,
    port: Number(port),
    transport: 'tcp',
    context: new Map(header.context),
    oneWay: true,
    respond: () => {},
    respondError: (code, message) => {
      throw new Error(`answered with ${code}: ${message}`)
    },
  })
}

function batchOf(
  seq: number,
  madeAt: number,
  windows: Batch['windows'],
  events: readonly NotifyEvent[],
): Batch {
  const id = { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq } as const
  const agent = { host: 'walk', version: '0', startedAt: madeAt }
  return { id, agent, madeAt, windows, events, unknown: [] }
}

async function post(cloud: Cloud, envKey: string, batch: Batch): Promise<void> {
  const response = await fetch(cloud.url + BATCH_PATH, {
    method: 'POST',
    headers: { 'Content-Type': BATCH_MEDIA_TYPE, Authorization: `Bearer ${envKey}` },
    body: new Uint8Array(encodeBatch(batch)),
  })
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
}
