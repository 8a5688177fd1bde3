/** Windows as columns, and the rows of their tables dealt to them. */
import type { PolledKind, Reading } from '../model/polled.ts'
import type { ColumnBatch, Window } from './batch.ts'
import { MAX_INSTANT_MS } from './event-table.ts'
import { malformed } from './failure.ts'
import { decodePropertyKeys, decodePropertyRows } from './property-table.ts'
import type { StatColumns } from './stat-columns.ts'
import { decodeStatKeys, decodeStatRows } from './stat-table.ts'
import { decodeStates } from './state-table.ts'
import { type Decoding, encodeTable, TableReader } from './table.ts'
import type { Uplink } from './uplink.ts'

// Positions are numbers of the wire: append only. 0 of kinds: heard, not read.
const KINDS: readonly (PolledKind | undefined)[] = [undefined, 'stat', 'property', 'registry']
const FEEDS: readonly Reading['feed'][] = ['query', 'database', 'registry']
/** Terms and numbers of readings. */
const MAX_NUMBER = 2 ** 48

export function encodeWindows(windows: readonly Window[]): Uplink['windows'] {
  return encodeTable(windows, {
    endMs: (window) => window.endMs,
    lengthMs: (window) => window.lengthMs,
    stats: (window) => window.stats.length,
    properties: (window) => window.properties.length,
    states: (window) => window.states?.length ?? 0,
    kind: ({ reading }) => KINDS.indexOf(reading?.kind),
    feed: ({ reading }) => (reading ? FEEDS.indexOf(reading.feed) : 0),
    term: ({ reading }) => reading?.term ?? 0,
    read: ({ reading }) => reading?.read ?? 0,
  })
}

/** @throws {WireError} */
export function decodeWindows(
  uplink: Uplink,
  texts: readonly string[],
  decoding: Decoding,
): Pick<ColumnBatch, 'windows' | 'statKeys'> {
  const read = new TableReader('windows', uplink.windows, decoding)
  const endMs = read.integers('endMs', 0, MAX_INSTANT_MS)
  const lengthMs = read.integers('lengthMs', 1, 2 ** 31)
  const rows = (name: 'stats' | 'properties' | 'states') =>
    read.integers(name, 0, decoding.limits.maxRows)
  const statKeys = decodeStatKeys(uplink.statKeys, texts, decoding)
  const propertyKeys = decodePropertyKeys(uplink.propertyKeys, texts, decoding)
  const stats = share(decodeStatRows(uplink.statRows, statKeys, decoding), rows('stats'))
  const properties = share(
    decodePropertyRows(uplink.propertyRows, propertyKeys, decoding),
    rows('properties'),
  )
  const states = share(decodeStates(uplink.states, texts, decoding), rows('states'))
  const readings = decodeReadings(read)
  const windows = read.map((row) => ({
    endMs: endMs[row] ?? 0,
    lengthMs: lengthMs[row] ?? 0,
    stats: stats[row] as StatColumns,
    properties: properties[row] ?? [],
    ...(states[row]?.length && { states: states[row] }),
    ...(readings[row] && { reading: readings[row] }),
  }))
  return { windows, statKeys }
}

function decodeReadings(read: TableReader<Uplink['windows']>): (Reading | undefined)[] {
  const kinds = read.integers('kind', 0, KINDS.length - 1)
  const feeds = read.integers('feed', 0, FEEDS.length - 1)
  const terms = read.integers('term', 0, MAX_NUMBER)
  const reads = read.integers('read', 0, MAX_NUMBER)
  return read.map((row) => {
    const kind = KINDS[kinds[row] ?? 0]
    const feed = FEEDS[feeds[row] ?? 0]
    const [term = 0, number = 0] = [terms[row], reads[row]]
    if (!kind || !feed) return undefined
    if (term < 1 || number < 1) throw malformed('windows: what was read has no term or number')
    return { kind, feed, term, read: number }
  })
}

interface Sliceable<Rows> {
  readonly length: number
  slice(from: number, to: number): Rows
}

/** Deals the rows to windows that have so many each. */
function share<Rows extends Sliceable<Rows>>(rows: Rows, counts: Float64Array): Rows[] {
  let from = 0
  const shares = Array.from(counts, (count) => {
    from += count
    return rows.slice(from - count, from)
  })
  if (from === rows.length) return shares
  throw malformed(`the windows have ${from} rows, their table ${rows.length}`)
}
