/**
 * The one codec between our values and columns: text, integers, blobs and null, the same for every
 * database. Times are integer milliseconds, what is structured is JSON in text.
 */

export type ColumnValue = string | number | Uint8Array | null

/**
 * A parameter as the database gets it. Booleans become 0 and 1; fractions of a millisecond, which a
 * steered clock has, are cut off; NUL and broken surrogates, which PostgreSQL refuses, become U+FFFD.
 * @throws {RangeError} for anything else: `node:sqlite` silently takes an object that comes first for
 *   named parameters and stores NaN as null.
 */
export function toColumn(value: unknown): ColumnValue {
  if (value === null || value instanceof Uint8Array) return value
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\uFFFD')
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' && Number.isSafeInteger(Math.floor(value))) return Math.floor(value)
  const what = value instanceof Date ? 'a Date' : typeof value === 'number' ? value : typeof value
  throw new RangeError(`${what} is no column value: expected text, an integer, bytes or null`)
}

/** `undefined` as null. */
export function orNull<T>(value: T | undefined): T | null {
  return value === undefined ? null : value
}

/** Reads back what the store itself wrote with `JSON.stringify`. */
export function fromJson<T>(text: string): T {
  return JSON.parse(text) as T
}
