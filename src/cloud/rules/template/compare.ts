/** `eq`, `ne`, `lt` …: as in text/template, except that int and float64 may be compared. */
import { GoMap, GoStruct, type GoValue, isArray, typeOf } from './value.ts'

function familyOf(value: GoValue): string {
  return typeof value === 'bigint' ? 'float64' : typeOf(value)
}

function comparable(value: GoValue): void {
  if (isArray(value) || value instanceof GoMap || value instanceof GoStruct) {
    throw new Error(`non-comparable type ${typeOf(value)}`)
  }
}

export function equal(a: GoValue, b: GoValue): boolean {
  comparable(a)
  comparable(b)
  if (a === null || a === undefined || b === null || b === undefined) return a === b
  if (familyOf(a) !== familyOf(b)) throw new Error('incompatible types for comparison')
  // biome-ignore lint/suspicious/noDoubleEquals: 1n == 1 is meant
  return keyOf(a) == keyOf(b)
}

export function less(a: GoValue, b: GoValue): boolean {
  const kind = familyOf(a)
  if (kind !== familyOf(b)) throw new Error('incompatible types for comparison')
  const [x, y] = [keyOf(a), keyOf(b)]
  if (x === undefined || y === undefined || kind === 'bool') {
    throw new Error(`invalid type for comparison: ${kind}`)
  }
  return x < y
}

function keyOf(value: GoValue): string | number | bigint | boolean | undefined {
  if (typeof value === 'object') {
    return value !== null && 'ms' in value ? value.ms : undefined
  }
  return value
}
