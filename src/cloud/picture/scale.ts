/** Where values and instants are in a picture. Pure. */
import type { UnixMs } from '../../model/time.ts'
import type { Picture } from './picture.ts'

/** Where lines are drawn, in pixels. */
export interface Plot {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
}

export interface Scale {
  readonly plot: Plot
  x(at: UnixMs): number
  y(value: number): number
  /** Values, from the lowest to the highest that is drawn. */
  readonly ticks: readonly number[]
}

const TICKS = 4
const NICE = [1, 2, 2.5, 5, 10]
/** A limit or a usual range that is so much higher would flatten what happened. */
const MAX_HEADROOM = 3
/** What is smaller is nothing. */
const LEAST_EXTENT = 1e-9

export function scaleOf(picture: Picture, plot: Plot): Scale {
  const ticks = ticksOf(picture)
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)]
  const { startMs, endMs } = picture
  const { left, right, top, bottom } = plot
  return {
    ...{ plot, ticks },
    x: (at) => left + ((at - startMs) / (endMs - startMs)) * (right - left),
    y: (value) => bottom - ((clamp(value, low, high) - low) / (high - low)) * (bottom - top),
  }
}

/** Undefined: there is none, or it is beyond what is drawn. */
export function drawnThreshold({ threshold }: Picture, { ticks }: Scale): number | undefined {
  const [low = 0, high = 0] = [ticks[0], ticks.at(-1)]
  return threshold !== undefined && threshold >= low && threshold <= high ? threshold : undefined
}

/** Whole hours, halves or quarters, so far apart that their names do not touch. */
export function timeTicks({ startMs, endMs }: Picture, width: number): readonly UnixMs[] {
  const most = Math.floor(width / 80)
  const steps = [5, 10, 15, 30, 60, 120].map((minutes) => minutes * 60_000)
  const step = steps.find((each) => (endMs - startMs) / each <= most) ?? 3_600_000 * 4
  const first = Math.ceil(startMs / step) * step
  return Array.from({ length: Math.floor((endMs - first) / step) + 1 }, (_, n) => first + n * step)
}

function ticksOf(picture: Picture): number[] {
  const [low, high] = extent(picture)
  const rough = (high - low) / TICKS
  const unit = 10 ** Math.floor(Math.log10(rough))
  const step = (NICE.find((nice) => nice * unit >= rough * 0.999) ?? 10) * unit
  const first = Math.floor(low / step)
  const last = Math.ceil((high / step) * 0.9999)
  // Products: sums of 0.1 would drift.
  return Array.from({ length: last - first + 1 }, (_, n) => {
    return Number(((first + n) * step).toPrecision(12))
  })
}

/** Zero is always drawn: how much is what counts. */
function extent({ measure, lines, band, threshold }: Picture): [number, number] {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value))
  const stacked = measure === 'events' ? highestStack(lines) : 0
  const drawn = values.reduce((most, value) => Math.max(most, value), stacked)
  const roof = drawn > 0 ? drawn * MAX_HEADROOM : 1
  const usual = band.reduce((most, { high }) => Math.max(most, high), 0)
  const limit = threshold !== undefined && threshold <= roof ? threshold * 1.1 : 0
  const high = Math.max(drawn, Math.min(usual, roof), limit)
  const low = values.reduce((least, value) => Math.min(least, value), 0)
  return high - low < LEAST_EXTENT ? [low, low + 1] : [low, high]
}

/** Bars of one minute stand on each other. */
function highestStack(lines: Picture['lines']): number {
  const sums = new Map<UnixMs, number>()
  for (const [at, value] of lines.flatMap(({ points }) => points)) {
    sums.set(at, (sums.get(at) ?? 0) + value)
  }
  return Math.max(0, ...sums.values())
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
