import type { Batch } from './batch.ts'
import { encodeEvents, encodeUnknown, textsOfEvent } from './event-table.ts'
import { frame } from './frame.ts'
import {
  encodePropertyKeys,
  encodePropertyRows,
  propertyKeyText,
  textsOfPropertyKey,
} from './property-table.ts'
import { encodeStatKeys, encodeStatRows, statKeyText, textsOfStatKey } from './stat-table.ts'
import { encodeTable } from './table.ts'
import { encodeTexts, indexTexts } from './texts.ts'
import { Uplink } from './uplink.ts'

/** The distinct keys of rows, sorted, and the rows with the index of theirs, sorted by it. */
interface Keyed<Key, Row> {
  readonly keys: readonly Key[]
  /** Of every window, one after the other. */
  readonly rows: readonly Row[]
  readonly indexes: readonly number[]
}

/**
 * The bytes of `protocol/README.md`. Rows of a window come back sorted by key; texts lose lone surrogates.
 * @throws {RangeError} an instant or count the wire cannot carry.
 */
export function encodeBatch(batch: Batch): Buffer {
  const stats = keyed(
    batch.windows.map((window) => window.stats),
    statKeyText,
  )
  const properties = keyed(
    batch.windows.map((window) => window.properties),
    propertyKeyText,
  )
  const texts = indexTexts([
    ...stats.keys.flatMap(textsOfStatKey),
    ...properties.keys.flatMap(textsOfPropertyKey),
    ...batch.events.flatMap(textsOfEvent),
  ])
  const { id, agent } = batch
  return frame(
    Uplink.bare.encode({
      ...{ agent: id.agent, epoch: id.epoch, lane: id.lane === 'fresh' ? 0 : 1, seq: id.seq },
      ...{ host: agent.host, version: agent.version, startedAt: agent.startedAt },
      madeAt: batch.madeAt,
      ...{ textCount: texts.size, texts: encodeTexts(texts) },
      windows: encodeTable(batch.windows, {
        endMs: (window) => window.endMs,
        lengthMs: (window) => window.lengthMs,
        stats: (window) => window.stats.length,
        properties: (window) => window.properties.length,
      }),
      statKeys: encodeStatKeys(stats.keys, texts),
      statRows: encodeStatRows(stats.rows, stats.indexes),
      propertyKeys: encodePropertyKeys(properties.keys, texts),
      propertyRows: encodePropertyRows(properties.rows, properties.indexes),
      events: encodeEvents(batch.events, texts),
      unknown: encodeUnknown(batch.unknown),
    }),
  )
}

function keyed<Key, Row extends { readonly key: Key }>(
  windows: readonly (readonly Row[])[],
  textOf: (key: Key) => string,
): Keyed<Key, Row> {
  const texts = windows.map((rows) => rows.map((row) => textOf(row.key)))
  const index = indexTexts(texts.flat())
  const keys: Key[] = []
  const rows: Row[] = []
  const indexes: number[] = []
  for (const [at, window] of windows.entries()) {
    const sorted = window
      .map((row, place) => ({ row, index: index.get(texts[at]?.[place] ?? '') ?? 0 }))
      .sort((a, b) => a.index - b.index)
    for (const { row, index } of sorted) {
      keys[index] = row.key
      rows.push(row)
      indexes.push(index)
    }
  }
  return { keys, rows, indexes }
}
