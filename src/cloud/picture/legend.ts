/** The names above a picture, each behind how it is drawn; in as many rows as they need. Pure. */
import type { Picture, Reader } from './picture.ts'
import { COLORS, FONT_PX, LOOKS, tag, text, textWidth } from './svg-parts.ts'
import { lineName, quantityText, valueText, WORDS } from './words.ts'

const EDGE = 12
const SAMPLE = 22
const GAP = 18
const ROW = FONT_PX + 8

interface Entry {
  readonly name: string
  /** `x`, `y`: its left end, in the middle of the line. */
  sample(x: number, y: number): string
}

export function legend(picture: Picture, language: Reader['language'], width: number) {
  let x = EDGE
  let row = 0
  const parts = entriesOf(picture, language).flatMap(({ name, sample }) => {
    const wide = SAMPLE + 6 + textWidth(name)
    if (x > EDGE && x + wide > width - EDGE) {
      x = EDGE
      row += 1
    }
    const [left, y] = [x, row * ROW + ROW]
    x += wide + GAP
    return [sample(left, y - FONT_PX * 0.35), text(name, left + SAMPLE + 6, y)]
  })
  return { svg: parts.join('\n'), height: (row + 1) * ROW + 6 }
}

function entriesOf(picture: Picture, language: Reader['language']): Entry[] {
  const { measure, lines, band, threshold, unit } = picture
  const words = WORDS[language]
  const ofLines = lines.map(({ role }): Entry => {
    const name =
      role === 'now' ? quantityText(picture, language) : lineName(role, picture, language)
    return { name, sample: measure === 'events' ? box(COLORS[role]) : stroke(LOOKS[role]) }
  })
  return [
    ...ofLines,
    ...(band.length > 0 ? [{ name: words.band, sample: box(COLORS.band) }] : []),
    ...(threshold === undefined
      ? []
      : [
          {
            name: `${words.threshold} ${valueText(threshold, unit)}`,
            sample: stroke(LOOKS.threshold),
          },
        ]),
  ]
}

function stroke(look: Readonly<Record<string, string | number>>): Entry['sample'] {
  return (x, y) => tag('line', { x1: x, y1: y, x2: x + SAMPLE, y2: y, ...look })
}

function box(fill: string): Entry['sample'] {
  return (x, y) => tag('rect', { x, y: y - 6, width: SAMPLE, height: 12, fill })
}
