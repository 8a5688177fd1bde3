/** Noise that is a function of time: the same at the same instant, however often and in what order it is asked. */
import type { UnixMs } from '../../../src/model/time.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from './calendar.ts'

/** Deviation of the logarithm, by how long it lasts. */
const SCALES: readonly (readonly [lastsMs: number, deviation: number])[] = [
  [10 * MINUTE_MS, 0.025],
  [HOUR_MS, 0.03],
  [DAY_MS, 0.04],
]

/** A report interval lies in two. */
const KEPT_MINUTES = 3

/** A factor around 1 for the thing numbered `key`; `jitter`: deviation from minute to minute. */
export function noiseFactor(key: number, at: UnixMs, jitter: number): number {
  let sum = jitter * bell(key, Math.floor(at / MINUTE_MS))
  for (const [scale, [lastsMs, deviation]] of SCALES.entries()) {
    const [step, part] = [Math.floor(at / lastsMs), (at % lastsMs) / lastsMs]
    const id = idOf(key, scale)
    const smooth = part * part * (3 - 2 * part)
    sum += deviation * (bell(id, step) * (1 - smooth) + bell(id, step + 1) * smooth)
  }
  return Math.exp(sum)
}

/** What changes slowly, of each thing: at the step that a minute is in, and at the next. */
interface Slow {
  readonly step: number
  readonly now: Float64Array
  readonly next: Float64Array
}

/**
 * `noiseFactor` of several things, numbered from `firstKey` on, minute by minute: they are asked for several times, and
 * most of it is that of the minute before.
 */
export class NoiseTable {
  readonly #firstKey: number
  readonly #jitters: readonly number[]
  readonly #minutes = new Map<number, Float64Array>()
  readonly #slow: Slow[] = []

  constructor(firstKey: number, jitters: readonly number[]) {
    this.#firstKey = firstKey
    this.#jitters = jitters
  }

  /** Of the minute that `at` is in. */
  at(at: UnixMs): Float64Array {
    const minute = Math.floor(at / MINUTE_MS)
    const known = this.#minutes.get(minute)
    if (known) return known
    const made = this.#factors(minute)
    const [oldest] = this.#minutes.keys()
    if (oldest !== undefined && this.#minutes.size >= KEPT_MINUTES) this.#minutes.delete(oldest)
    this.#minutes.set(minute, made)
    return made
  }

  #factors(minute: number): Float64Array {
    const jitters = this.#jitters
    const factors = new Float64Array(jitters.length)
    for (let thing = 0; thing < factors.length; thing++) {
      factors[thing] = (jitters[thing] as number) * bell(this.#firstKey + thing, minute)
    }
    for (let scale = 0; scale < SCALES.length; scale++) {
      this.#addScale(factors, scale, minute * MINUTE_MS)
    }
    for (let thing = 0; thing < factors.length; thing++) {
      factors[thing] = Math.exp(factors[thing] as number)
    }
    return factors
  }

  #addScale(sums: Float64Array, scale: number, at: UnixMs): void {
    const [lastsMs, deviation] = SCALES[scale] as (typeof SCALES)[number]
    const part = (at % lastsMs) / lastsMs
    const smooth = part * part * (3 - 2 * part)
    const { now, next } = this.#slowOf(scale, Math.floor(at / lastsMs))
    for (let thing = 0; thing < sums.length; thing++) {
      const value = (now[thing] as number) * (1 - smooth) + (next[thing] as number) * smooth
      sums[thing] = (sums[thing] as number) + deviation * value
    }
  }

  #slowOf(scale: number, step: number): Slow {
    const known = this.#slow[scale]
    if (known?.step === step) return known
    const made = { step, now: this.#bells(scale, step), next: this.#bells(scale, step + 1) }
    this.#slow[scale] = made
    return made
  }

  #bells(scale: number, step: number): Float64Array {
    const bells = new Float64Array(this.#jitters.length)
    for (let thing = 0; thing < bells.length; thing++) {
      bells[thing] = bell(idOf(this.#firstKey + thing, scale), step)
    }
    return bells
  }
}

/** Of what changes slowly in the thing numbered `key`. */
function idOf(key: number, scale: number): number {
  return key * SCALES.length + scale + 1_000_003
}

/** Nearly normal, of deviation 1, by two numbers alone. */
function bell(a: number, b: number): number {
  const bits = hash(a, b)
  const sum = (bits & 1023) + ((bits >>> 10) & 1023) + ((bits >>> 20) & 1023)
  return (sum / 1023 - 1.5) * 2
}

function hash(a: number, b: number): number {
  let bits = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39)
  return (bits ^ (bits >>> 15)) >>> 0
}
