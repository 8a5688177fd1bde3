import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesText, numberText, percentText, plainNumberText } from '../../src/web/units.ts'

describe('amounts for people', () => {
  const bytes: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 KB'],
    [1549, '1.5 KB'],
    [62_040_000, '62 MB'],
    [1_000_000_000, '1 GB'],
    [512_000_000_000_000_000, '512,000 TB'],
  ]
  for (const [amount, text] of bytes) {
    it(`${amount} bytes: ${text}`, () => {
      for (const language of ['zh', 'en']) assert.equal(bytesText(amount, language), text)
    })
  }

  it('a share of a whole in percent, a count with its thousands', () => {
    assert.equal(percentText(0.0123, 'zh'), '1.2%')
    assert.equal(percentText(2, 'en'), '200%')
    assert.equal(numberText(14_500, 'zh'), '14,500')
    assert.equal(numberText(1.26, 'en', 1), '1.3')
  })

  it('of no known unit: no more digits than people read', () => {
    const texts = [14_500, 0.2578397212543554, 35.25, 0.000123456, 0, -1.23456].map((value) =>
      plainNumberText(value, 'en'),
    )
    assert.deepEqual(texts, ['14,500', '0.258', '35.25', '0.000123', '0', '-1.235'])
  })
})
