/** Events and unknown spans as columns. */
import type { EventKind, EventLevel, NotifyEvent } from '../model/event.ts'
import type { UnknownSpan } from './batch.ts'
import { malformed } from './failure.ts'
import { type Decoding, encodeTable, TableReader } from './table.ts'
import type { TextIndex } from './texts.ts'
import type { Uplink } from './uplink.ts'

// Positions are numbers of the wire: append only.
const LEVELS: readonly EventLevel[] = ['alarm', 'error', 'warn', 'normal']
const KINDS: readonly EventKind[] = [
  'restart',
  'stop',
  'down',
  'zombie',
  'exit',
  'config',
  'command',
  'business',
]
const REASONS: readonly UnknownSpan['reason'][] = ['restart', 'overflow', 'damaged']

/** The last instant of the wire, milliseconds: some 8,900 years from now. */
export const MAX_INSTANT_MS = 2 ** 48
/** Row ids of a database: what a variable-length integer holds. */
const MAX_ROW = 2 ** 51

export function textsOfEvent(event: NotifyEvent): string[] {
  return [event.module, event.node, event.set, event.title, event.text]
}

export function encodeEvents(events: readonly NotifyEvent[], texts: TextIndex): Uplink['events'] {
  const index = (text: string) => texts.get(text) ?? 0
  return encodeTable(events, {
    at: (event) => event.at,
    module: (event) => index(event.module),
    level: (event) => LEVELS.indexOf(event.level),
    kind: (event) => KINDS.indexOf(event.kind),
    node: (event) => index(event.node),
    set: (event) => index(event.set),
    title: (event) => index(event.title),
    text: (event) => index(event.text),
    row: (event) => event.row ?? 0,
  })
}

export function decodeEvents(
  table: Uplink['events'],
  texts: readonly string[],
  decoding: Decoding,
): NotifyEvent[] {
  const read = new TableReader('events', table, decoding)
  const at = read.integers('at', 0, MAX_INSTANT_MS)
  const module = read.texts('module', texts)
  const level = read.integers('level', 0, LEVELS.length - 1)
  const kind = read.integers('kind', 0, KINDS.length - 1)
  const node = read.texts('node', texts)
  const set = read.texts('set', texts)
  const title = read.texts('title', texts)
  const text = read.texts('text', texts)
  const ids = read.integers('row', 0, MAX_ROW)
  return read.map((row) => ({
    at: at[row] ?? 0,
    module: module(row),
    level: member(LEVELS, level[row]),
    kind: member(KINDS, kind[row]),
    node: node(row),
    set: set(row),
    title: title(row),
    text: text(row),
    ...(ids[row] && { row: ids[row] }),
  }))
}

export function encodeUnknown(spans: readonly UnknownSpan[]): Uplink['unknown'] {
  return encodeTable(spans, {
    fromMs: (span) => span.fromMs,
    toMs: (span) => span.toMs,
    reason: (span) => REASONS.indexOf(span.reason),
  })
}

export function decodeUnknown(table: Uplink['unknown'], decoding: Decoding): UnknownSpan[] {
  const read = new TableReader('unknown', table, decoding)
  const from = read.integers('fromMs', 0, MAX_INSTANT_MS)
  const to = read.integers('toMs', 0, MAX_INSTANT_MS)
  const reason = read.integers('reason', 0, REASONS.length - 1)
  return read.map((row) => ({
    fromMs: from[row] ?? 0,
    toMs: to[row] ?? 0,
    reason: member(REASONS, reason[row]),
  }))
}

function member<T>(list: readonly T[], index: number | undefined): T {
  const value = list[index ?? -1]
  if (value === undefined) throw malformed(`number ${index} names nothing`)
  return value
}
