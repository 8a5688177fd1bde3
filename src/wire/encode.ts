import type { Batch } from './batch.ts'
import { encodeEvents, encodeUnknown, textsOfEvent } from './event-table.ts'
import { type FrameOptions, frame } from './frame.ts'
import { KeyedRows } from './keyed-rows.ts'
import {
  encodePropertyKeys,
  encodePropertyRows,
  propertyKeyColumns,
  textsOfPropertyKey,
} from './property-table.ts'
import { encodeStatKeys, encodeStatRows, statKeyColumns, textsOfStatKey } from './stat-table.ts'
import { encodeStates, textsOfState } from './state-table.ts'
import { encodeTexts, indexTexts } from './texts.ts'
import { Uplink } from './uplink.ts'
import { encodeWindows } from './window-table.ts'

/**
 * The bytes of `protocol/README.md`. Rows of a window come back sorted by key; texts lose lone surrogates.
 * @throws {RangeError} an instant or count the wire cannot carry.
 */
export function encodeBatch(batch: Batch, options: FrameOptions = {}): Buffer {
  const stats = new KeyedRows(batch.windows.map((window) => window.stats))
  const properties = new KeyedRows(batch.windows.map((window) => window.properties))
  const states = batch.windows.flatMap((window) => window.states ?? [])
  const texts = indexTexts([
    ...stats.met.flatMap(textsOfStatKey),
    ...properties.met.flatMap(textsOfPropertyKey),
    ...states.flatMap(textsOfState),
    ...batch.events.flatMap(textsOfEvent),
  ])
  const statKeys = stats.sort(statKeyColumns(stats.met, texts))
  const propertyKeys = properties.sort(propertyKeyColumns(properties.met, texts))
  const { id, agent } = batch
  return frame(
    Uplink.bare.encode({
      ...{ agent: id.agent, epoch: id.epoch, seq: id.seq },
      ...{ host: agent.host, version: agent.version, startedAt: agent.startedAt },
      madeAt: batch.madeAt,
      ...{ textCount: texts.size, texts: encodeTexts(texts) },
      windows: encodeWindows(batch.windows),
      statKeys: encodeStatKeys(statKeys),
      statRows: encodeStatRows(stats.rows, stats.indexes),
      propertyKeys: encodePropertyKeys(propertyKeys),
      propertyRows: encodePropertyRows(properties.rows, properties.indexes),
      states: encodeStates(states, texts),
      events: encodeEvents(batch.events, texts),
      unknown: encodeUnknown(batch.unknown),
    }),
    options,
  )
}
