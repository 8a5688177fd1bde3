/** The parameters of a call: of the query string, and of a form that comes before it. */
import type { UnixMs } from '../../../model/time.ts'
import { badData, invalidParameter } from './door-failure.ts'
import { parseMoment, parseSpanMs } from './moment.ts'

export class Parameters {
  readonly #form: URLSearchParams
  readonly #query: URLSearchParams

  constructor(query: URLSearchParams, form: URLSearchParams = new URLSearchParams()) {
    this.#query = query
    this.#form = form
  }

  /** '' when it is missing, as in Go. */
  text(name: string): string {
    return this.#form.get(name) ?? this.#query.get(name) ?? ''
  }

  /** All of a repeated parameter. */
  texts(name: string): readonly string[] {
    return [...this.#form.getAll(name), ...this.#query.getAll(name)]
  }

  moment(name: string): UnixMs {
    const text = this.text(name)
    const at = parseMoment(text)
    if (at !== undefined) return at
    throw invalidParameter(name, `cannot parse ${JSON.stringify(text)} to a valid timestamp`)
  }

  momentOr(name: string, missing: UnixMs): UnixMs {
    const text = this.text(name)
    if (text === '') return missing
    const at = parseMoment(text)
    if (at !== undefined) return at
    const fault = `cannot parse ${JSON.stringify(text)} to a valid timestamp`
    throw invalidParameter(name, `Invalid time value for '${name}': ${fault}`)
  }

  spanMs(name: string): number {
    const span = parseSpanMs(this.text(name))
    if (typeof span === 'string') throw invalidParameter(name, span)
    return span
  }

  spanMsOr(name: string, missing: number): number {
    return this.text(name) === '' ? missing : this.spanMs(name)
  }

  lookbackMs(): number | undefined {
    const text = this.text('lookback_delta')
    if (text === '') return undefined
    const span = parseSpanMs(text)
    if (typeof span === 'string') throw badData(`error parsing lookback delta duration: ${span}`)
    // Below a millisecond, Prometheus takes its default.
    return span >= 1 ? Math.trunc(span) : undefined
  }

  /** 0: no limit. */
  limit(): number {
    const text = this.text('limit')
    if (text === '') return 0
    const limit = parseInteger(text)
    if (limit === undefined) {
      const fault = `strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`
      throw invalidParameter('limit', fault)
    }
    if (limit < 0) throw invalidParameter('limit', 'limit must be non-negative')
    return limit
  }
}

/** As Go's `strconv.Atoi`; undefined for what is none. */
export function parseInteger(text: string): number | undefined {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : undefined
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined
}
