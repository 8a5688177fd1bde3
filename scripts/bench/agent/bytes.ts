/** What a record takes on the wire, against other ways to carry the same records. */
import { gzipSync } from 'node:zlib'
import snappy from 'snappy'
import { DEFAULT_WINDOW } from '../../../src/agent/window/windows.ts'
import type { StatRow } from '../../../src/model/stat.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { frame, unframe } from '../../../src/wire/frame.ts'
import { BATCH_LIMITS, encodeBatch } from '../../../src/wire/index.ts'
import { Uplink } from '../../../src/wire/uplink.ts'
import { remoteWrite1, remoteWrite2 } from '../peers/remote-write.ts'
import { irregularRecordsOf, packetsWith, type Rec, recordsOf } from '../peers/reports.ts'
import { newAgent, START_MS } from './decoding.ts'

const MINUTE_MS = 60_000
const WINDOW_MS = 10_000

/** Bytes a record: of windows of a minute and of 10 s, and of the minute in other forms. */
export function measureBytes(recordsAMinute: number) {
  return {
    ...measureRecords((keys) => recordsOf(keys), recordsAMinute),
    irregular: measureRecords(irregularRecordsOf, recordsAMinute),
  }
}

function measureRecords(recordsWith: (keys: number) => Rec[], recordsAMinute: number) {
  const minute = rowsOf(recordsWith(recordsAMinute), MINUTE_MS)
  const short = rowsOf(recordsWith(Math.round(recordsAMinute / 6)), WINDOW_MS)
  const at = START_MS + MINUTE_MS
  const each = (bytes: Buffer) => bytes.length / minute.length
  const whole = batchOf(minute, MINUTE_MS)
  const window = batchOf(short, WINDOW_MS)
  return {
    minute: each(whole),
    window: window.length / short.length,
    keys_of_minute: (whole.length - withoutKeys(whole)) / minute.length,
    keys_of_window: (window.length - withoutKeys(window)) / short.length,
    json_gzip: each(gzipSync(JSON.stringify(minute))),
    remote_write_1: each(snappy.compressSync(remoteWrite1(minute, at))),
    remote_write_2: each(snappy.compressSync(remoteWrite2(minute, at))),
  }
}

/** The length of a batch whose keys the cloud knew already. */
function withoutKeys(batch: Buffer): number {
  const uplink = Uplink.bare.decode(unframe(batch, BATCH_LIMITS))
  const columns = Object.keys(uplink.statKeys).filter((name) => name !== 'rows')
  const none = Object.fromEntries(columns.map((name) => [name, Buffer.of()]))
  const statKeys = { ...uplink.statKeys, ...none, rows: 0 }
  return frame(Uplink.bare.encode({ ...uplink, statKeys, textCount: 0, texts: Buffer.of() })).length
}

function rowsOf(records: readonly Rec[], lengthMs: number): readonly StatRow[] {
  const agent = newAgent({ ...DEFAULT_WINDOW, lengthMs })
  for (const packet of packetsWith(records, 8)) agent.take(decodePacket(packet).body, START_MS)
  return agent.windows.close(START_MS + lengthMs).windows[0]?.stats ?? []
}

function batchOf(stats: readonly StatRow[], lengthMs: number): Buffer {
  return encodeBatch({
    id: { agent: '0'.repeat(32), epoch: '0'.repeat(16), seq: 1 },
    agent: { host: '10.0.0.1', version: '0.1.0', startedAt: START_MS },
    madeAt: START_MS + lengthMs,
    windows: [{ endMs: START_MS + lengthMs, lengthMs, stats, properties: [] }],
    events: [],
    unknown: [],
  })
}
