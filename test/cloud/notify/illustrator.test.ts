import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Illustrator } from '../../../src/cloud/notify/illustrator.ts'
import { FAILING } from '../picture/support/pictures.ts'
import { AT, alert, change } from './support/nouns.ts'

const fired = (id: string) => change('fired', AT, alert(id))

/** Notes what is asked for; there are pictures of all but `none`. */
function source() {
  const asked: [string, number][] = []
  return {
    asked,
    async of({ id }: { readonly id: string }, asOf: number) {
      asked.push([id, asOf])
      return id === 'none' ? undefined : FAILING
    },
  }
}

describe('pictures of what is planned next', () => {
  it('are as of the news', async () => {
    const { asked, ...pictures } = source()
    const illustrator = new Illustrator(pictures)
    await illustrator.prepare([fired('a1'), fired('none')])
    assert.deepEqual(asked, [
      ['a1', AT],
      ['none', AT],
    ])
    assert.equal(illustrator.of(fired('a1')), FAILING)
    assert.equal(illustrator.of(fired('none')), undefined)
  })

  it('are of this news alone: what comes later is another', async () => {
    const illustrator = new Illustrator(source())
    await illustrator.prepare([fired('a1')])
    assert.equal(illustrator.of(change('resolved', AT, alert('a1'))), undefined)
    await illustrator.prepare([fired('a2')])
    assert.equal(illustrator.of(fired('a1')), undefined)
  })

  it('much news at once goes without: it does not wait', async () => {
    const { asked, ...pictures } = source()
    const illustrator = new Illustrator(pictures)
    await illustrator.prepare(Array.from({ length: 11 }, (_, n) => fired(`a${n}`)))
    assert.deepEqual(asked, [])
  })
})
