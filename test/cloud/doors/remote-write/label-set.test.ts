import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Label } from '../../../../src/cloud/doors/remote-write/label.ts'
import { areFine, labelSet } from '../../../../src/cloud/doors/remote-write/label-set.ts'

/** What is kept; `areFine` is asked first, and must say the same. */
function kept(pairs: readonly (readonly [string, string])[]): Record<string, string> | string {
  const labels = pairs.map(([name, value]) => new Label(name, value))
  const set = labelSet(labels)
  const areKept = typeof set !== 'string' && set.every((label, i) => label === labels[i])
  assert.equal(areFine(labels), areKept && set.length === labels.length)
  assert.equal(areFine(labels), areFine(labels), 'also the second time')
  if (typeof set === 'string') return set
  return Object.fromEntries(set.map(({ name, value }) => [name, value]))
}

describe('labels', () => {
  const cases: readonly (readonly [name: string, texts: string[], result: object | RegExp])[] = [
    ['are taken', ['__name__', 'up', 'job', 'a'], { __name__: 'up', job: 'a' }],
    ['may have any UTF-8 name', ['__name__', '温度 °C', 'a.b/c', '\n'], { __name__: '温度 °C', 'a.b/c': '\n' }], // biome-ignore format: a line a case
    ['without a value are dropped', ['__name__', 'up', 'job', ''], { __name__: 'up' }],
    ['need a metric name', ['job', 'a'], /no metric name/],
    ['need one that is not empty', ['__name__', '', 'job', 'a'], /no metric name/],
    ['of nothing are none', [], /no metric name/],
    ['need names', ['', 'a', '__name__', 'up'], /a label name is empty/],
    ['may not repeat a name', ['__name__', 'up', 'job', 'a', 'job', 'b'], /"job" is not unique/],
    ['not with the same value', ['__name__', 'up', 'job', 'a', 'job', 'a'], /"job" is not unique/],
    ['not without one', ['job', '', '__name__', 'up', 'job', 'a'], /"job" is not unique/],
    ['of our metrics are ours', ['__name__', 'tars_calls'], /begin with tars_ .* rename/],
    ['of metrics named alike are not', ['__name__', 'tarsier'], { __name__: 'tarsier' }],
  ]
  for (const [name, texts, result] of cases) {
    it(name, () => {
      const pairs = texts.flatMap((name, i) =>
        i % 2 === 0 ? [[name, texts[i + 1] ?? ''] as const] : [],
      )
      const labels = kept(pairs)
      if (result instanceof RegExp) assert.match(String(labels), result)
      else assert.deepEqual(labels, result)
    })
  }

  it('are added by name, whatever their order, also where it means something to JavaScript', () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/^\d+$/.test(text))
    const some = fc.dictionary(
      fc.oneof(name, fc.constant('__proto__')),
      fc.string({ minLength: 1 }),
    )
    fc.assert(
      fc.property(some, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (extra, random) => {
        const pairs = Object.entries({ ...extra, __name__: 'up' })
        const order = (text: string) => random[text.length % 20] ?? 0
        const shuffled = pairs.toSorted(([a], [b]) => order(a) - order(b))
        const labels = Object.entries(kept(shuffled))
        assert.deepEqual(
          labels,
          pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)),
        )
      }),
    )
  })
})
