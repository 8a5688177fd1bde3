import { DecodeError } from '../tars/decode-error.ts'
import type { Batch, BatchId, ColumnBatch } from './batch.ts'
import { ColumnMemory } from './column-memory.ts'
import { decodeEvents, decodeUnknown, MAX_INSTANT_MS } from './event-table.ts'
import { malformed, WireError } from './failure.ts'
import { unframe } from './frame.ts'
import { BATCH_LIMITS, type BatchLimits } from './limits.ts'
import { checkRows } from './table.ts'
import { decodeTexts } from './texts.ts'
import { Uplink } from './uplink.ts'
import { decodeWindows } from './window-table.ts'

/** @throws {WireError} bytes that are no batch, of another version, or past a limit. */
export function decodeBatch(bytes: Buffer, limits: BatchLimits = BATCH_LIMITS): Batch {
  const { statKeys: _, windows, ...rest } = decodeColumns(bytes, limits)
  return {
    ...rest,
    windows: windows.map((window) => ({ ...window, stats: window.stats.rows() })),
  }
}

/**
 * As `decodeBatch`, several times faster. With a `memory` of one's own the batch is good until that is used again.
 * @throws {WireError}
 */
export function decodeColumns(
  bytes: Buffer,
  limits: BatchLimits = BATCH_LIMITS,
  memory = new ColumnMemory(),
): ColumnBatch {
  memory.clear()
  const uplink = readStruct(unframe(bytes, limits))
  checkRows('texts', uplink.textCount, limits)
  const texts = decodeTexts(uplink.texts, uplink.textCount, limits)
  const decoding = { limits, memory }
  const { host, version, startedAt } = uplink
  return {
    id: idOf(uplink),
    agent: { host, version, startedAt: instant('startedAt', startedAt) },
    madeAt: instant('madeAt', uplink.madeAt),
    ...decodeWindows(uplink, texts, decoding),
    events: decodeEvents(uplink.events, texts, decoding),
    unknown: decodeUnknown(uplink.unknown, decoding),
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

function idOf({ agent, epoch, seq }: Uplink): BatchId {
  if (!/^[0-9a-f]{32}$/.test(agent)) throw malformed('agent: 32 hex digits were expected')
  if (!/^[0-9a-f]{16}$/.test(epoch)) throw malformed('epoch: 16 hex digits were expected')
  if (seq < 1) throw malformed(`seq: ${seq} where 1 or more was expected`)
  return { agent, epoch, seq }
}

function instant(name: string, value: number): number {
  if (value >= 0 && value <= MAX_INSTANT_MS) return value
  throw malformed(`${name}: ${value} is no instant`)
}
