import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inflateSync } from 'node:zlib'
import type { Picture } from '../../../src/cloud/picture/picture.ts'
import { pngOf } from '../../../src/cloud/picture/png.ts'
import { drawPicture } from '../../../src/cloud/picture/svg.ts'
import { quantityText, WORDS } from '../../../src/cloud/picture/words.ts'
import { FAILING, NOTIFIED, RATIO, SLOW } from './support/pictures.ts'

const MAX_BYTES = 60_000

/** Its size, and its bytes without compression, as the format has them. */
function decoded(png: Uint8Array) {
  const bytes = Buffer.from(png)
  assert.equal(bytes.toString('latin1', 1, 4), 'PNG')
  const data: Buffer[] = []
  for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (type === 'IDAT') data.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  const pixels = inflateSync(Buffer.concat(data))
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), pixels }
}

describe('a picture as PNG', () => {
  for (const [name, picture] of Object.entries({ FAILING, SLOW, NOTIFIED, RATIO })) {
    it(`${name}: twice as many pixels as it is shown with, small enough for a mail`, async () => {
      const drawn = drawPicture(picture, { language: 'zh', timeZone: 'Asia/Shanghai' })
      const png = await pngOf(drawn.svg)
      const { width, height, pixels } = decoded(png)
      assert.deepEqual([width, height], [2 * drawn.width, 2 * drawn.height])
      // Four bytes a pixel, one more a row.
      assert.equal(pixels.length, height * (1 + 4 * width))
      assert.ok(png.length < MAX_BYTES, `${png.length} bytes`)
    })
  }

  it('the same bytes each time: a repeated mail is the same mail', async () => {
    const { svg } = drawPicture(FAILING, { language: 'en', timeZone: 'UTC' })
    assert.deepEqual(await pngOf(svg), await pngOf(svg))
  })

  it('every letter of its words is in the font', async () => {
    const letters = new Set(Array.from(allWords()).filter((letter) => letter !== ' '))
    assert.ok(letters.size > 70)
    const shown = (letter: string) =>
      pngOf(
        `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><text x="2" y="16" font-size="14">${letter}</text></svg>`,
      )
    const unknown = await shown('龘')
    for (const letter of letters) {
      assert.notDeepEqual(await shown(letter), unknown, `${letter}: see font/README.md`)
    }
  })

  it('what is no SVG is refused', async () => {
    await assert.rejects(pngOf('<svg'))
  })
})

function allWords(): string {
  const quantities = (['zh', 'en'] as const).flatMap((language) => {
    const { measures, units, reference, ...rest } = WORDS[language]
    const titles = Object.keys(measures).flatMap((measure) =>
      Object.keys(units).map((unit) => {
        const picture = { ...RATIO, measure, unit } as Picture
        return quantityText(picture, language)
      }),
    )
    return [...titles, reference('2026-11-20'), ...Object.values(rest)]
  })
  return [...quantities, '0123456789,.%-:KMBT'].join('')
}
