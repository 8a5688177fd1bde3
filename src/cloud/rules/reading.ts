/**
 * `$span` and its like in expressions. Reporters differ in their report interval: a rule that names one
 * of these is read once for each interval, and the readings are joined by `or`.
 */

/**
 * Name → what it stands for at report intervals of 10 s, 1 min and 5 min (polled). `burst`: the shortest time in
 * which each reporter reports.
 */
const VARIABLES: Readonly<Record<string, readonly [string, string, string]>> = {
  span: ['10s', '1m', '5m'],
  window: ['1m', '3m', '5m'],
  minutes: ['1', '3', '5'],
  burst: ['1m', '1m', '5m'],
  burstMinutes: ['1', '1', '5'],
  silence: ['30s', '3m', '15m'],
  quiet: ['3m', '3m', '15m'],
  recent: ['10m', '10m', '30m'],
}

export const VARIABLE_NAMES: readonly string[] = Object.keys(VARIABLES)

const VARIABLE = new RegExp(`\\$(${VARIABLE_NAMES.join('|')})\\b`, 'g')

export interface Reading {
  readonly text: string
  /** The offset in the text as written of an offset in this one. */
  writtenOffset(offset: number): number
}

/** One reading as it stands for a text without variables, else three. */
export function readingsOf(text: string): readonly Reading[] {
  const count = text.search(VARIABLE) < 0 ? 1 : 3
  return Array.from({ length: count }, (_, index) => readingOf(text, index))
}

/** All readings as one expression. */
export function joined(readings: readonly Reading[]): string {
  const [first, ...others] = readings.map(({ text }) => text)
  // A line break before the bracket: the text may end in a comment.
  return others.length === 0 ? (first ?? '') : `(${[first, ...others].join('\n) or (')}\n)`
}

function readingOf(text: string, index: number): Reading {
  /** Where a variable ended in both texts. */
  const ends: { written: number; read: number }[] = []
  let shift = 0
  const read = text.replace(VARIABLE, (variable, name: string, at: number) => {
    const value = VARIABLES[name]?.[index] ?? ''
    shift += value.length - variable.length
    const written = at + variable.length
    ends.push({ written, read: written + shift })
    return value
  })
  return {
    text: read,
    writtenOffset(offset) {
      const end = ends.findLast((one) => one.read <= offset)
      const written = end ? end.written + offset - end.read : offset
      // Inside a value: no further than the end of its variable.
      const next = ends.find((one) => one.read > offset)
      return next ? Math.min(written, next.written) : written
    },
  }
}
