/** Property values as columns, laid out as statistics are. */
import type { PropertyKey, PropertyRow } from '../model/property.ts'
import { encodeSteps, encodeValues } from './column.ts'
import { malformed } from './failure.ts'
import { type Decoding, TableReader } from './table.ts'
import type { TextIndex } from './texts.ts'
import type { Uplink } from './uplink.ts'

export function textsOfPropertyKey(key: PropertyKey): string[] {
  return [key.module, key.property, key.policy, key.ip, key.set, key.le]
}

/** The columns of `PropertyKeys` in `protocol/Uplink.tars`, in its order. */
export function propertyKeyColumns(keys: readonly PropertyKey[], texts: TextIndex): Float64Array[] {
  const names = ['module', 'property', 'policy', 'ip', 'set', 'le'] as const
  const columns = names.map(
    (name) => new Float64Array(keys.map((key) => texts.get(key[name]) ?? 0)),
  )
  return [...columns, new Float64Array(keys.map((key) => key.spanMs))]
}

export function encodePropertyKeys(columns: readonly Float64Array[]): Uplink['propertyKeys'] {
  const column = (at: number) => encodeSteps(columns[at] ?? [])
  return {
    rows: columns[0]?.length ?? 0,
    module: column(0),
    property: column(1),
    policy: column(2),
    ip: column(3),
    set: column(4),
    le: column(5),
    spanMs: column(6),
  }
}

export function decodePropertyKeys(
  table: Uplink['propertyKeys'],
  texts: readonly string[],
  decoding: Decoding,
): PropertyKey[] {
  const read = new TableReader('propertyKeys', table, decoding)
  const module = read.texts('module', texts)
  const property = read.texts('property', texts)
  const policy = read.texts('policy', texts)
  const ip = read.texts('ip', texts)
  const set = read.texts('set', texts)
  const le = read.texts('le', texts)
  const spanMs = read.integers('spanMs', 1, 2 ** 31)
  return read.map((row) => ({
    module: module(row),
    property: property(row),
    policy: policy(row),
    ip: ip(row),
    set: set(row),
    le: le(row),
    spanMs: spanMs[row] ?? 0,
  }))
}

/** `keyIndexes`: of each row's key. */
export function encodePropertyRows(
  rows: readonly PropertyRow[],
  keyIndexes: readonly number[],
): Uplink['propertyRows'] {
  const value = encodeValues(rows.map((row) => row.value))
  return { rows: rows.length, key: encodeSteps(keyIndexes), value }
}

export function decodePropertyRows(
  table: Uplink['propertyRows'],
  keys: readonly PropertyKey[],
  decoding: Decoding,
): PropertyRow[] {
  const read = new TableReader('propertyRows', table, decoding)
  const keyIndex = read.integers('key', 0, keys.length - 1)
  const values = read.values('value')
  return read.map((row) => {
    const key = keys[keyIndex[row] ?? 0]
    if (!key) throw malformed('a row of properties without key')
    return { key, value: values[row] ?? 0 }
  })
}
