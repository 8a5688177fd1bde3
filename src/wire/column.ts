/** A column: one number of every row of a table, in the smallest of a few forms. */
import { ByteReader, ByteWriter, MAX_VARINT } from './bytes.ts'
import { malformed } from './failure.ts'

/** First byte of a column: the form of what follows. Numbers of the wire, never change them. */
const FORM = {
  /** All values are 0: nothing follows. */
  zeros: 0,
  /** Integers ≥ 0. */
  counts: 1,
  /** Integers, each as its difference from the one before (the first from 0). */
  steps: 2,
  /** Eight bytes each. */
  doubles: 3,
  /** Integers, each as its difference from what other columns lead to expect. */
  surprises: 4,
} as const

/** For numbers that say little about their neighbour. */
export function encodeValues(values: ArrayLike<number>): Buffer {
  const kind = kindOf(values)
  if (kind === 'zeros') return Buffer.of(FORM.zeros)
  if (kind === 'any') return encodeDoubles(values)
  if (kind === 'integers') return encodeSteps(values)
  const writer = new ByteWriter(values.length + 1)
  writer.byte(FORM.counts)
  for (let row = 0; row < values.length; row++) writer.varint(values[row] as number)
  return writer.finish()
}

/** For numbers close to their neighbour: indexes of sorted things, times. */
export function encodeSteps(values: ArrayLike<number>): Buffer {
  const kind = kindOf(values)
  if (kind === 'zeros') return Buffer.of(FORM.zeros)
  if (kind === 'any') return encodeDoubles(values)
  const writer = new ByteWriter(values.length + 8)
  writer.byte(FORM.steps)
  let before = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    writer.zigzag(value - before)
    before = value
  }
  return writer.finish()
}

/** For numbers that other columns nearly give away: `expected` of the same rows. */
export function encodeSurprises(values: ArrayLike<number>, expected: ArrayLike<number>): Buffer {
  if (kindOf(values) === 'any' || kindOf(expected) === 'any') return encodeValues(values)
  const writer = new ByteWriter(values.length + 1)
  writer.byte(FORM.surprises)
  for (let row = 0; row < values.length; row++) {
    writer.zigzag((values[row] as number) - (expected[row] as number))
  }
  return writer.finish()
}

/**
 * Reads a column of as many rows as `values` has into it, whatever it held; and returns it.
 * @throws {WireError} fewer or more bytes than that, an unknown form.
 */
export function decodeColumn(
  values: Float64Array,
  bytes: Uint8Array,
  expected?: () => Float64Array,
): Float64Array {
  const reader = new ByteReader(bytes)
  fill(values, reader, expected)
  if (!reader.done) throw malformed('a column has bytes after its last value')
  return values
}

function fill(values: Float64Array, reader: ByteReader, expected?: () => Float64Array): void {
  const form = reader.byte()
  if (form === FORM.counts) {
    reader.varints(values)
  } else if (form === FORM.steps) {
    reader.zigzags(values)
    for (let row = 1; row < values.length; row++) {
      values[row] = (values[row] as number) + (values[row - 1] as number)
    }
  } else if (form === FORM.doubles) {
    for (let row = 0; row < values.length; row++) values[row] = reader.double()
  } else if (form === FORM.surprises && expected) {
    reader.zigzags(values)
    const guess = expected()
    for (let row = 0; row < values.length; row++) {
      values[row] = (values[row] as number) + (guess[row] as number)
    }
  } else if (form === FORM.zeros) {
    values.fill(0)
  } else {
    throw malformed(`a column of form ${form}`)
  }
}

function encodeDoubles(values: ArrayLike<number>): Buffer {
  const writer = new ByteWriter(values.length * 8 + 1)
  writer.byte(FORM.doubles)
  for (let row = 0; row < values.length; row++) writer.double(values[row] as number)
  return writer.finish()
}

/** The narrowest of: all 0; integers ≥ 0; integers; anything. Integers are what a varint holds. */
function kindOf(values: ArrayLike<number>): 'zeros' | 'counts' | 'integers' | 'any' {
  let least = 0
  let most = 0
  for (let row = 0; row < values.length; row++) {
    const value = values[row] as number
    if (!Number.isInteger(value) || Object.is(value, -0)) return 'any'
    if (value < least) least = value
    else if (value > most) most = value
  }
  if (most > MAX_VARINT || least < -MAX_VARINT) return 'any'
  if (least < 0) return 'integers'
  return most === 0 ? 'zeros' : 'counts'
}
