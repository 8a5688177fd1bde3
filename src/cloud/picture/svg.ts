/** A picture as SVG: presentation attributes only, so that pages with a strict policy show it, too. Pure. */
import { legend } from './legend.ts'
import type { Picture, Point, Reader } from './picture.ts'
import { drawnThreshold, type Plot, type Scale, scaleOf, timeTicks } from './scale.ts'
import { attributes, COLORS, FONT_PX, LOOKS, tag, text, textWidth } from './svg-parts.ts'
import { clockText, valueText, WORDS } from './words.ts'

const HEIGHT = 240
const EDGE = 12
const BELOW = 26
/** Longer holes are shown as such: what is polled comes every five minutes. */
const MAX_HOLE_STEPS = 6

export interface DrawnPicture {
  readonly svg: string
  readonly width: number
  readonly height: number
  /** Where its lines are. */
  readonly plot: Plot
}

export function drawPicture(picture: Picture, reader: Reader, width = 640): DrawnPicture {
  const names = legend(picture, reader.language, width)
  const heightOf = HEIGHT + names.height - FONT_PX * 2
  const plot = { left: 0, right: width - EDGE, top: names.height + 8, bottom: heightOf - BELOW }
  const labels = scaleOf(picture, plot).ticks.map((tick) => valueText(tick, picture.unit))
  const left = Math.ceil(Math.max(...labels.map(textWidth))) + EDGE + 6
  const scale = scaleOf(picture, { ...plot, left })
  const parts = [
    tag('rect', { width, height: heightOf, fill: '#ffffff' }),
    names.svg,
    ...bandOf(picture, scale),
    ...axes(picture, scale, reader),
    ...(picture.measure === 'events' ? bars(picture, scale) : lines(picture, scale)),
    ...limit(picture, scale),
    ...moments(picture, scale, reader),
  ]
  const frame = { width, height: heightOf, viewBox: `0 0 ${width} ${heightOf}` }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg"${attributes(frame)} font-size="${FONT_PX}">\n${parts.join('\n')}\n</svg>\n`
  return { svg, width, height: heightOf, plot: scale.plot }
}

function axes(picture: Picture, { plot, ticks, x, y }: Scale, { timeZone }: Reader): string[] {
  const { left, right, bottom } = plot
  const clock = clockText(timeZone)
  return [
    ...ticks.map((tick) => {
      const stroke = tick === 0 ? COLORS.axis : COLORS.grid
      return tag('line', { x1: left, y1: y(tick), x2: right, y2: y(tick), stroke })
    }),
    ...ticks.map((tick) =>
      text(valueText(tick, picture.unit), left - 6, y(tick) + FONT_PX * 0.35, 'end'),
    ),
    ...timeTicks(picture, right - left).flatMap((at) => [
      tag('line', { x1: x(at), y1: bottom, x2: x(at), y2: bottom + 4, stroke: COLORS.axis }),
      text(clock(at), x(at), bottom + 18, anchorAt(x(at), clock(at), plot)),
    ]),
  ]
}

/** Names at the edge stay within the picture. */
function anchorAt(x: number, name: string, { right }: Plot): 'middle' | 'end' {
  return x + textWidth(name) / 2 > right + EDGE ? 'end' : 'middle'
}

function bandOf({ band, stepMs }: Picture, { x, y }: Scale): string[] {
  return runs(
    band.map(({ at, low, high }) => ({ at, low, high })),
    stepMs,
  ).map((run) => {
    const there = run.map(({ at, high }) => `${round(x(at))},${round(y(high))}`)
    const back = run.toReversed().map(({ at, low }) => `${round(x(at))},${round(y(low))}`)
    return tag('polygon', { points: [...there, ...back].join(' '), fill: COLORS.band })
  })
}

function lines({ lines: all, stepMs }: Picture, { x, y }: Scale): string[] {
  return all.toReversed().map(({ role, points }) => {
    const path = runs(points.map(asAt), stepMs).map((run) => {
      const [first, ...rest] = run.map(({ at, value }) => `${round(x(at))} ${round(y(value))}`)
      // A point alone is a dot: a line of no length with round ends.
      return `M${first}${rest.length === 0 ? 'h0' : rest.map((place) => `L${place}`).join('')}`
    })
    const joins = { 'stroke-linejoin': 'round', 'stroke-linecap': 'round' }
    const data = { 'data-role': role, d: path.join(''), fill: 'none' }
    return tag('path', { ...data, ...LOOKS[role], ...joins })
  })
}

/** On each other, those of the alarm below. */
function bars({ lines: all, stepMs, startMs }: Picture, { x, y }: Scale): string[] {
  const width = Math.max(2, (x(startMs + stepMs) - x(startMs)) * 0.75)
  const sums = new Map<number, number>()
  return all.map(({ role, points }) => {
    const path = points.map(([at, value]) => {
      const from = sums.get(at) ?? 0
      sums.set(at, from + value)
      const [top, foot] = [y(from + value), y(from)]
      // What happened in the minute that ends there.
      const place = Math.max(x(startMs), x(at) - width)
      return `M${round(place)} ${round(foot)}V${round(top)}h${round(width)}V${round(foot)}z`
    })
    return tag('path', { 'data-role': role, d: path.join(''), fill: COLORS[role] })
  })
}

function limit(picture: Picture, scale: Scale): string[] {
  const threshold = drawnThreshold(picture, scale)
  if (threshold === undefined) return []
  const { plot, y } = scale
  const at = y(threshold)
  return [tag('line', { x1: plot.left, y1: at, x2: plot.right, y2: at, ...LOOKS.threshold })]
}

/** When it fired, named on its left, where an hour is; and when it was over. */
function moments(picture: Picture, { plot, x }: Scale, { language, timeZone }: Reader): string[] {
  const { firedAt, resolvedAt } = picture
  const { fired, resolved } = WORDS[language]
  const clock = clockText(timeZone)
  const begun = { at: firedAt, word: fired, stroke: COLORS.fired }
  const over = resolvedAt !== undefined && {
    ...{ at: resolvedAt, word: resolved, stroke: COLORS.resolved },
  }
  const all = over ? [begun, over] : [begun]
  return all.flatMap(({ at, word, stroke }, row) => {
    const name = `${word} ${clock(at)}`
    const [nameX, anchor] = placeOfName(name, x(at), x(firedAt), plot)
    const { top, bottom } = plot
    const line = { x1: x(at), y1: top, x2: x(at), y2: bottom, stroke, 'stroke-width': 1.5 }
    const nameY = top + FONT_PX + row * (FONT_PX + 4)
    return [tag('line', line), text(name, nameX, nameY, anchor, stroke)]
  })
}

/** Where no line crosses it: beside its own, else on the left of both. */
function placeOfName(
  name: string,
  own: number,
  fired: number,
  { right }: Plot,
): [number, 'start' | 'end'] {
  const wide = textWidth(name) + 8
  if (own === fired) return [fired - 5, 'end']
  if (own + wide <= right) return [own + 5, 'start']
  return own - wide >= fired ? [own - 5, 'end'] : [fired - 5, 'end']
}

/** Cut where more is missing than a reader may be late. */
function runs<Each extends { readonly at: number }>(
  all: readonly Each[],
  stepMs: number,
): Each[][] {
  const found: Each[][] = []
  for (const each of all) {
    const run = found.at(-1)
    const last = run?.at(-1)
    if (run && last && each.at - last.at <= MAX_HOLE_STEPS * stepMs) run.push(each)
    else found.push([each])
  }
  return found
}

function asAt([at, value]: Point) {
  return { at, value }
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
