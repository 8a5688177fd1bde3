import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Picture, Reader } from '../../../src/cloud/picture/picture.ts'
import { drawPicture } from '../../../src/cloud/picture/svg.ts'
import { band, FAILING, NOTIFIED, points, RATIO, SLOW } from './support/pictures.ts'
import { FIRED, MINUTE } from './support/recorded.ts'

const wang: Reader = { language: 'zh', timeZone: 'Asia/Shanghai' }
const smith: Reader = { language: 'en', timeZone: 'UTC' }

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text = '']) => text)
}

/** How often each element is there. */
function parts(svg: string): Record<string, number> {
  const names = [...svg.matchAll(/<([a-z]+)/g)].map(([, name = '']) => name)
  return Object.fromEntries(
    [...new Set(names)].map((name) => [name, names.filter((n) => n === name).length]),
  )
}

/** Where a line goes, as `[x, y]`. */
function places(svg: string, role: string): [number, number][] {
  const d = new RegExp(`data-role="${role}" d="([^"]*)"`).exec(svg)?.[1] ?? ''
  return [...d.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(([, x, y]) => [Number(x), Number(y)])
}

describe('a picture as SVG', () => {
  it('names its lines, its axes and its moments', () => {
    assert.deepEqual(texts(drawPicture(FAILING, wang).svg), [
      ...['失败（次/分钟）', '调用', '参照日 2026-11-19', '通常范围'],
      ...['0', '500', '1,000', '1,500'],
      ...['16:45', '17:00', '17:15', '17:30', '17:45'],
      ...['告警 17:32', '恢复 17:43'],
    ])
  })

  it('in English, in the time of the reader', () => {
    assert.deepEqual(texts(drawPicture(SLOW, smith).svg), [
      ...['Mean latency (ms)', 'reference day 2026-11-19', 'usual', 'threshold 200'],
      ...['0', '100', '200', '300', '400'],
      ...['08:40', '08:50', '09:00', '09:10', '09:20', '09:30'],
      'fired 09:32',
    ])
  })

  it('is made of these parts', () => {
    assert.deepEqual(parts(drawPicture(FAILING, wang).svg), {
      ...{ svg: 1, rect: 2, line: 14, text: 15, polygon: 1, path: 3 },
    })
    assert.deepEqual(parts(drawPicture(NOTIFIED, wang).svg), {
      svg: 1,
      rect: 3,
      text: 12,
      line: 10,
      path: 2,
    })
  })

  it('a narrow one names fewer times, and breaks its legend', () => {
    const { svg, width, height } = drawPicture(FAILING, wang, 320)
    assert.equal(width, 320)
    assert.ok(height > drawPicture(FAILING, wang).height)
    assert.deepEqual(
      texts(svg).filter((text) => /^\d\d:/.test(text)),
      ['17:00', '17:30'],
    )
  })

  it('what is missing is a hole, but for the pause between two polls', () => {
    const holed = (...gone: number[]): Picture => ({
      ...RATIO,
      lines: [{ role: 'now', points: points(() => 1).filter((_, n) => !gone.includes(n)) }],
    })
    const strokes = (picture: Picture) =>
      /data-role="now" d="([^"]*)"/.exec(drawPicture(picture, wang).svg)?.[1]?.match(/M/g)?.length
    assert.equal(strokes(holed(20, 21, 22, 23)), 1)
    assert.equal(strokes(holed(20, 21, 22, 23, 24, 25, 26)), 2)
  })

  it('a point alone is a dot', () => {
    const picture: Picture = { ...RATIO, lines: [{ role: 'now', points: [[FIRED, 1]] }] }
    assert.match(drawPicture(picture, wang).svg, /data-role="now" d="M[\d.]+ [\d.]+h0"/)
  })

  it('bars stand on each other', () => {
    const { svg } = drawPicture(NOTIFIED, wang)
    const at = (role: string, n: number) => places(svg, role)[n]
    const [ownFoot = 0, othersFoot = 0] = [at('now', 0)?.[1], at('others', 1)?.[1]]
    assert.equal(at('now', 0)?.[0], at('others', 1)?.[0])
    // Three of five: a tick is two high.
    assert.ok(othersFoot < ownFoot)
  })

  it('no line crosses the name of a moment', () => {
    const narrow = drawPicture(FAILING, wang, 520)
    const nameAt = (name: string) => {
      const [, x, anchor] =
        new RegExp(`<text x="([^"]+)" y="[^"]+" text-anchor="(\\w+)"[^>]*>${name}`).exec(
          narrow.svg,
        ) ?? []
      return [Number(x), anchor] as const
    }
    const [fired, over] = [nameAt('告警 17:32'), nameAt('恢复 17:43')]
    // Too near for the second name: both stand on the left.
    assert.deepEqual([fired[1], over[1]], ['end', 'end'])
    assert.equal(fired[0], over[0])
    const wide = drawPicture(FAILING, wang, 1200).svg
    assert.match(wide, /text-anchor="end"[^>]*>告警 17:32/)
    assert.match(wide, /text-anchor="end"[^>]*>恢复 17:43/)
  })

  it('a threshold or a usual range far above does not flatten what happened', () => {
    const high: Picture = { ...SLOW, threshold: 5000, band: band(0, 9000) }
    const ticks = texts(drawPicture(high, smith).svg).filter((text) => /^[\d,]+$/.test(text))
    assert.equal(ticks.at(-1), '1,000')
  })

  it('texts are escaped', () => {
    const { svg } = drawPicture({ ...FAILING, referenceDay: '<b>&"' }, smith)
    assert.match(svg, /reference day &lt;b&gt;&amp;&quot;/)
  })

  it('whatever the values, all is within the plot, and time goes to the right', () => {
    const value = fc.double({ min: -1e9, max: 1e12, noNaN: true })
    const drawn = fc.record({
      values: fc.array(value, { minLength: 1, maxLength: 76 }),
      threshold: fc.option(value, { nil: undefined }),
      width: fc.integer({ min: 280, max: 1600 }),
    })
    fc.assert(
      fc.property(drawn, ({ values, threshold, width }) => {
        const now = values.map((each, n) => [FIRED + (n - 60) * MINUTE, each] as const)
        const picture: Picture = {
          ...{ ...RATIO, unit: 'none', lines: [{ role: 'now', points: now }] },
          ...(threshold !== undefined && { threshold }),
        }
        const { svg, plot } = drawPicture(picture, wang, width)
        const found = places(svg, 'now')
        assert.equal(found.length, values.length)
        for (const [n, [x, y]] of found.entries()) {
          assert.ok(x >= plot.left - 0.1 && x <= plot.right + 0.1, `x ${x}`)
          assert.ok(y >= plot.top - 0.1 && y <= plot.bottom + 0.1, `y ${y}`)
          assert.ok(n === 0 || x >= (found[n - 1]?.[0] ?? 0))
        }
        assert.doesNotMatch(svg, /NaN|Infinity|undefined/)
      }),
    )
  })
})
