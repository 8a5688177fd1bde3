/** Property values as columns, laid out as statistics are. */
import type { PropertyKey, PropertyRow } from '../model/property.ts'
import { encodeSteps, encodeValues } from './column.ts'
import { malformed } from './failure.ts'
import type { BatchLimits } from './limits.ts'
import { encodeTable, TableReader } from './table.ts'
import type { TextIndex } from './texts.ts'
import type { Uplink } from './uplink.ts'

/** What sorts the keys, so that neighbours are alike; also their identity. */
export function propertyKeyText(key: PropertyKey): string {
  return `${textsOfPropertyKey(key).join('\0')}\0${key.spanMs}`
}

export function textsOfPropertyKey(key: PropertyKey): string[] {
  return [key.module, key.property, key.policy, key.ip, key.set, key.le]
}

export function encodePropertyKeys(
  keys: readonly PropertyKey[],
  texts: TextIndex,
): Uplink['propertyKeys'] {
  const index = (text: string) => texts.get(text) ?? 0
  return encodeTable(keys, {
    module: (key) => index(key.module),
    property: (key) => index(key.property),
    policy: (key) => index(key.policy),
    ip: (key) => index(key.ip),
    set: (key) => index(key.set),
    le: (key) => index(key.le),
    spanMs: (key) => key.spanMs,
  })
}

export function decodePropertyKeys(
  table: Uplink['propertyKeys'],
  texts: readonly string[],
  limits: BatchLimits,
): PropertyKey[] {
  const read = new TableReader('propertyKeys', table, limits)
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
  limits: BatchLimits,
): PropertyRow[] {
  const read = new TableReader('propertyRows', table, limits)
  const keyIndex = read.integers('key', 0, keys.length - 1)
  const values = read.values('value')
  return read.map((row) => {
    const key = keys[keyIndex[row] ?? 0]
    if (!key) throw malformed('a row of properties without key')
    return { key, value: values[row] ?? 0 }
  })
}
