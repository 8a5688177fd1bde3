/** Marks, colours and letters of pictures. Pure. */

/** Also on a phone, where a picture in a mail is half as wide. */
export const FONT_PX = 14

/** Okabe and Ito's, told apart with every kind of sight; dark enough on white. */
export const COLORS = {
  now: '#0072b2',
  calls: '#7a8a94',
  others: '#c3ccd1',
  reference: '#b36b00',
  band: '#dcebf5',
  threshold: '#c2410c',
  fired: '#b42318',
  resolved: '#00734f',
  text: '#1d2733',
  axis: '#8894a0',
  grid: '#e6eaed',
} as const

/** Lines differ in more than colour. */
export const LOOKS = {
  now: { stroke: COLORS.now, 'stroke-width': 2.4 },
  calls: { stroke: COLORS.calls, 'stroke-width': 1.4 },
  others: { stroke: COLORS.others, 'stroke-width': 1.4 },
  reference: { stroke: COLORS.reference, 'stroke-width': 1.6, 'stroke-dasharray': '6 4' },
  threshold: { stroke: COLORS.threshold, 'stroke-width': 1.4, 'stroke-dasharray': '2 3' },
} as const

type Attributes = Readonly<Record<string, string | number>>

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

export function escaped(raw: string): string {
  return raw.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}

export function attributes(all: Attributes): string {
  return Object.entries(all)
    .map(
      ([name, value]) => ` ${name}="${typeof value === 'number' ? tenths(value) : escaped(value)}"`,
    )
    .join('')
}

export function tag(name: string, all: Attributes): string {
  return `<${name}${attributes(all)}/>`
}

export function text(
  words: string,
  x: number,
  y: number,
  anchor: 'start' | 'middle' | 'end' = 'start',
  fill: string = COLORS.text,
): string {
  return `<text${attributes({ x, y, 'text-anchor': anchor, fill })}>${escaped(words)}</text>`
}

/** About as wide, in pixels: Chinese characters are square. */
export function textWidth(words: string): number {
  return Array.from(words).reduce((sum, letter) => {
    return sum + FONT_PX * (letter > '\u2e7f' ? 1 : 0.57)
  }, 0)
}

function tenths(pixels: number): number {
  return Math.round(pixels * 10) / 10
}
