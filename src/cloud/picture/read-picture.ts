/** The series of a picture, asked and put together. */
import type { UnixMs } from '../../model/time.ts'
import type { Alert } from '../alerts/alert.ts'
import type { Band, Line, Picture, Point } from './picture.ts'
import type { PictureQuery, ReadSeries } from './ports.ts'
import type { Question } from './what-to-draw.ts'

const MINUTE_MS = 60_000
const BEFORE_MS = 60 * MINUTE_MS
const AFTER_MS = 15 * MINUTE_MS
/** What came after it was over. */
const REST_MS = 5 * MINUTE_MS
/** Of a long alarm only the beginning is drawn. */
const MAX_AFTER_MS = 180 * MINUTE_MS
const DAY_MS = 86_400_000
/** Rules take for unusual what is as far off. */
const BAND_MADS = 5
/** Fewer are no line. */
const LEAST_POINTS = 3
/** Of what is younger than an hour no empty hour is drawn. */
const LEAST_BEFORE_MS = 15 * MINUTE_MS

interface Stretch {
  readonly startMs: UnixMs
  readonly endMs: UnixMs
}

interface Reference {
  readonly day: string
  /** Whole days. */
  readonly shiftMs: number
}

/**
 * The hour before the alarm and what came after it, as far as the data reach at `asOf`. Undefined when there is
 * nothing to draw. What it is compared with is left out where it cannot be read.
 */
export async function readPicture(
  query: PictureQuery,
  question: Question,
  alert: Alert,
  asOf: UnixMs,
): Promise<Picture | undefined> {
  const { firedAt = alert.activeAt, resolvedAt } = alert
  const stretch = stretchOf(firedAt, resolvedAt, asOf)
  const [now, beside, past, band = [], threshold] = await Promise.all([
    lineOf(query, question.now, stretch, question.only),
    besideOf(query, question, stretch),
    optional(referenceOf(query, question, stretch, firedAt)),
    optional(bandOf(query, question, stretch)),
    optional(limitOf(query, question, firedAt)),
  ])
  const { measure, unit } = question
  if (now.length < (measure === 'events' ? 1 : LEAST_POINTS)) return undefined
  const lines: Line[] = [
    { role: 'now', points: now },
    ...besideLines(now, beside, question),
    ...(past ? [{ role: 'reference', points: past.points } as const] : []),
  ]
  const startMs = measure === 'events' ? stretch.startMs : firstOf(lines, firedAt)
  return {
    ...{ measure, unit, startMs, endMs: stretch.endMs, stepMs: MINUTE_MS, firedAt, lines },
    ...(resolvedAt !== undefined && resolvedAt <= stretch.endMs && { resolvedAt }),
    ...(past && { referenceDay: past.day }),
    ...(threshold !== undefined && { threshold }),
    band: band.filter(({ at }) => at >= startMs),
  }
}

function stretchOf(firedAt: UnixMs, resolvedAt: UnixMs | undefined, asOf: UnixMs): Stretch {
  const rest = resolvedAt === undefined ? 0 : resolvedAt + REST_MS - firedAt
  const after = Math.min(asOf - firedAt, Math.max(AFTER_MS, rest), MAX_AFTER_MS)
  // Whole steps: one of the points is the instant at which it fired.
  const endMs = firedAt + Math.max(0, Math.floor(after / MINUTE_MS)) * MINUTE_MS
  return { startMs: firedAt - BEFORE_MS, endMs }
}

function firstOf(lines: readonly Line[], firedAt: UnixMs): UnixMs {
  const first = lines.reduce(
    (least, { points }) => Math.min(least, points[0]?.[0] ?? least),
    firedAt,
  )
  return Math.min(first, firedAt - LEAST_BEFORE_MS)
}

async function lineOf(
  query: PictureQuery,
  expr: string,
  { startMs, endMs }: Stretch,
  only?: Question['only'],
): Promise<readonly Point[]> {
  const found = await query.range(expr, startMs, endMs, MINUTE_MS)
  const fitting = only ? found.filter(({ labels }) => isWithin(labels, only)) : found
  // Of several that fit, the one that says most.
  const [closest] = fitting.toSorted((a, b) => size(b) - size(a))
  return (closest?.points ?? []).filter(([, value]) => Number.isFinite(value))
}

function isWithin(labels: ReadSeries['labels'], outer: ReadSeries['labels']): boolean {
  return Object.entries(labels).every(
    ([name, value]) => name === '__name__' || value === '' || outer[name] === value,
  )
}

function size({ labels }: ReadSeries): number {
  return Object.keys(labels).length
}

async function besideOf(
  query: PictureQuery,
  { calls, allEvents }: Question,
  stretch: Stretch,
): Promise<readonly Point[]> {
  const expr = calls ?? allEvents
  return expr === undefined ? [] : ((await optional(lineOf(query, expr, stretch))) ?? [])
}

function besideLines(
  now: readonly Point[],
  beside: readonly Point[],
  { calls, leastShare = 0 }: Question,
): readonly Line[] {
  if (calls !== undefined) {
    const isSeen = highest(now) >= leastShare * highest(beside)
    return isSeen && beside.length > 0 ? [{ role: 'calls', points: beside }] : []
  }
  const own = new Map(now)
  const points = beside
    .map(([at, all]): Point => [at, all - (own.get(at) ?? 0)])
    .filter(([, value]) => value > 0)
  return points.length > 0 ? [{ role: 'others', points }] : []
}

function highest(points: readonly Point[]): number {
  return points.reduce((most, [, value]) => Math.max(most, value), 0)
}

async function referenceOf(
  query: PictureQuery,
  { now, only, hasReference }: Question,
  { startMs, endMs }: Stretch,
  firedAt: UnixMs,
): Promise<{ readonly day: string; readonly points: readonly Point[] } | undefined> {
  const reference = hasReference ? await referenceDay(query, firedAt) : undefined
  if (!reference) return undefined
  const { day, shiftMs } = reference
  const past = { startMs: startMs - shiftMs, endMs: endMs - shiftMs }
  const points = await lineOf(query, now, past, only)
  if (points.length === 0) return undefined
  return { day, points: points.map(([at, value]) => [at + shiftMs, value]) }
}

async function referenceDay(query: PictureQuery, at: UnixMs): Promise<Reference | undefined> {
  const [found] = await query.instant('tars_baseline_day{by="day"}', at)
  if (!found || !Number.isFinite(found.value)) return undefined
  const startMs = found.value * 1000
  const shiftMs = Math.floor((at - startMs) / DAY_MS) * DAY_MS
  if (shiftMs <= 0) return undefined
  // It starts within half a day of UTC's: at noon both have the same date.
  return { day: new Date(startMs + DAY_MS / 2).toISOString().slice(0, 10), shiftMs }
}

async function bandOf(
  query: PictureQuery,
  { baseline }: Question,
  { startMs, endMs }: Stretch,
): Promise<readonly Band[]> {
  if (baseline === undefined) return []
  const found = await query.range(baseline, startMs, endMs, MINUTE_MS)
  const of = (stat: string) => found.find(({ labels }) => labels.stat === stat)?.points ?? []
  const mads = new Map(of('mad'))
  return of('median').flatMap(([at, median]) => {
    const off = BAND_MADS * (mads.get(at) ?? Number.NaN)
    if (!Number.isFinite(median + off)) return []
    return [{ at, low: Math.max(0, median - off), high: median + off }]
  })
}

async function limitOf(
  query: PictureQuery,
  { threshold }: Question,
  at: UnixMs,
): Promise<number | undefined> {
  if (!threshold?.query) return threshold?.otherwise
  const [found] = await query.instant(threshold.query, at)
  return found?.value ?? threshold.otherwise
}

async function optional<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch {
    return undefined
  }
}
