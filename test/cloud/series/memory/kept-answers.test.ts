import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { KeptAnswers } from '../../../../src/cloud/series/memory/kept-answers.ts'

describe('answers that are kept', () => {
  it('are found once, until they are forgotten', () => {
    const kept = new KeptAnswers<object, number>()
    const question = {}
    let found = 0
    const ask = () => kept.of(question, () => [++found])
    assert.deepEqual([ask(), ask()], [[1], [1]])
    kept.forget()
    assert.deepEqual([ask(), ask()], [[2], [2]])
  })

  it('are so many that they take little memory; what is larger is found each time', () => {
    const kept = new KeptAnswers<object, number>()
    const finds = new Map<object, number>()
    const ask = (question: object, length: number) =>
      kept.of(question, () => {
        finds.set(question, (finds.get(question) ?? 0) + 1)
        return new Array(length).fill(0)
      })
    const [small, large, many] = [{}, {}, Array.from({ length: 17 }, () => ({}))]
    for (let turn = 0; turn < 2; turn++) ask(large, 20_000)
    assert.equal(finds.get(large), 2)
    for (let turn = 0; turn < 2; turn++) ask(small, 10)
    assert.equal(finds.get(small), 1)
    for (const question of many) ask(question, 999)
    ask(small, 10)
    assert.equal(finds.get(small), 2, 'others took its place')
  })
})
