import { DecodeError } from '../tars/decode-error.ts'
import type { Batch, BatchId, Window } from './batch.ts'
import { decodeEvents, decodeUnknown, MAX_INSTANT_MS } from './event-table.ts'
import { malformed, WireError } from './failure.ts'
import { unframe } from './frame.ts'
import { BATCH_LIMITS, type BatchLimits } from './limits.ts'
import { decodePropertyKeys, decodePropertyRows } from './property-table.ts'
import { decodeStatKeys, decodeStatRows } from './stat-table.ts'
import { checkRows, TableReader } from './table.ts'
import { decodeTexts } from './texts.ts'
import { Uplink } from './uplink.ts'

/** @throws {WireError} bytes that are no batch, of another version, or past a limit. */
export function decodeBatch(bytes: Buffer, limits: BatchLimits = BATCH_LIMITS): Batch {
  const uplink = readStruct(unframe(bytes, limits))
  checkRows('texts', uplink.textCount, limits)
  const texts = decodeTexts(uplink.texts, uplink.textCount, limits)
  const { host, version, startedAt } = uplink
  return {
    id: idOf(uplink),
    agent: { host, version, startedAt: instant('startedAt', startedAt) },
    madeAt: instant('madeAt', uplink.madeAt),
    windows: windowsOf(uplink, texts, limits),
    events: decodeEvents(uplink.events, texts, limits),
    unknown: decodeUnknown(uplink.unknown, limits),
  }
}

function readStruct(body: Buffer): Uplink {
  try {
    return Uplink.bare.decode(body)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    const reason = cause.reason === 'truncated' ? 'truncated' : 'malformed'
    throw new WireError(reason, cause.message, { cause })
  }
}

function idOf({ agent, epoch, lane, seq }: Uplink): BatchId {
  if (!/^[0-9a-f]{32}$/.test(agent)) throw malformed('agent: 32 hex digits were expected')
  if (!/^[0-9a-f]{16}$/.test(epoch)) throw malformed('epoch: 16 hex digits were expected')
  if (lane !== 0 && lane !== 1) throw malformed(`lane: ${lane} where 0 or 1 was expected`)
  if (seq < 1) throw malformed(`seq: ${seq} where 1 or more was expected`)
  return { agent, epoch, lane: lane === 0 ? 'fresh' : 'backlog', seq }
}

function instant(name: string, value: number): number {
  if (value >= 0 && value <= MAX_INSTANT_MS) return value
  throw malformed(`${name}: ${value} is no instant`)
}

function windowsOf(uplink: Uplink, texts: readonly string[], limits: BatchLimits): Window[] {
  const read = new TableReader('windows', uplink.windows, limits)
  const endMs = read.integers('endMs', 0, MAX_INSTANT_MS)
  const lengthMs = read.integers('lengthMs', 1, 2 ** 31)
  const statKeys = decodeStatKeys(uplink.statKeys, texts, limits)
  const propertyKeys = decodePropertyKeys(uplink.propertyKeys, texts, limits)
  const stats = share(
    decodeStatRows(uplink.statRows, statKeys, limits),
    read.integers('stats', 0, limits.maxRows),
  )
  const properties = share(
    decodePropertyRows(uplink.propertyRows, propertyKeys, limits),
    read.integers('properties', 0, limits.maxRows),
  )
  return read.map((row) => ({
    endMs: endMs[row] ?? 0,
    lengthMs: lengthMs[row] ?? 0,
    stats: stats[row] ?? [],
    properties: properties[row] ?? [],
  }))
}

/** Deals the rows to windows that have so many each. */
function share<Row>(rows: readonly Row[], counts: Float64Array): Row[][] {
  let from = 0
  const shares = Array.from(counts, (count) => {
    from += count
    return rows.slice(from - count, from)
  })
  if (from === rows.length) return shares
  throw malformed(`the windows have ${from} rows, their table ${rows.length}`)
}
