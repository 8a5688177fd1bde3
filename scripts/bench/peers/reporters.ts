/**
 * The C++ servers of a framework, each with its connection to the agent: reports what it has called once an
 * interval, eight heads a packet, at its own moment. Arguments: port, records a minute, speed.
 * At `speed` 10 all report ten times as often. Each minute a few nodes are replaced by new ones.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { bodyOf, irregularRecordsOf, packetsWith, type Rec, randomOf } from './reports.ts'

const HEADS = 8
const INTERVAL_MS = 60_000
const STEP_MS = 50
/** Of the reporters, each interval at speed 1. */
const REPLACED_SHARE = 0.01

const [port = 0, recordsAMinute = 0, speed = 1] = process.argv.slice(2).map(Number)

interface Reporter {
  node: string
  socket: Socket
  records: Rec[]
  dueMs: number
}

const random = randomOf(7)
const intervalMs = INTERVAL_MS / speed
const reporters = await Promise.all(
  Array.from(byNode(irregularRecordsOf(recordsAMinute)), async ([node, records]) => {
    const dueMs = performance.now() + random() * intervalMs
    return { node, records, dueMs, socket: await connected() }
  }),
)
let sent = 0
let replaced = 0

setInterval(() => {
  const now = performance.now()
  for (const reporter of reporters) {
    if (reporter.dueMs > now) continue
    reporter.dueMs += intervalMs
    void tick(reporter)
  }
}, STEP_MS)
process.on('message', () => process.send?.({ sent, replaced }))
process.send?.({ ready: true, reporters: reporters.length })

async function tick(reporter: Reporter): Promise<void> {
  // The agent closes a connection that was idle for as long as its endpoint says.
  if (!reporter.socket.writable) reporter.socket = await connected()
  report(reporter)
  if (random() < REPLACED_SHARE / speed) await replace(reporter)
}

function report({ socket, records, node }: Reporter): void {
  const anew = records.map(([head], at): Rec => [head, bodyOf(at % 97, random)])
  for (const packet of packetsWith(anew, HEADS, node)) socket.write(packet)
  sent += records.length
}

/** A node goes, another one comes with its work. */
async function replace(reporter: Reporter): Promise<void> {
  replaced++
  reporter.node = `10.200.${Math.floor(replaced / 250)}.${replaced % 250}`
  reporter.records = reporter.records.map(([head, body]) => [
    { ...head, masterIp: reporter.node },
    body,
  ])
  const before = reporter.socket
  reporter.socket = await connected()
  before.end()
}

function byNode(records: readonly Rec[]): Map<string, Rec[]> {
  return Map.groupBy(records, ([{ masterIp }]) => masterIp)
}

async function connected(): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  return socket.on('error', () => {}).resume()
}
