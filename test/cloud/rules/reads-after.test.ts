import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseRuleFile } from '../../../src/cloud/rules/parse.ts'
import { readsAfter } from '../../../src/cloud/rules/reads-after.ts'

/** Rules of a group, `name = expr` those that record; of each the place of the one it waits for. */
const CASES: readonly (readonly [what: string, rules: readonly string[], places: number[]])[] = [
  ['nothing that it does not read', ['a = up', 'b = up'], [-1, -1]],
  ['what is recorded before it', ['a = up', 'b = a + a'], [-1, 0]],
  ['the last of what it reads', ['a = up', 'b = up', 'c = up', 'd = a + b'], [-1, -1, -1, 1]],
  ['no rule behind it', ['a = b', 'b = up'], [-1, -1]],
  ['all that a pattern may mean', ['a = up', 'b = {__name__=~".+"}'], [-1, 0]],
  ['an alert whose ALERTS it reads', ['up == 0', 'ALERTS > 0'], [-1, 0]],
  ['no other alert', ['up == 0', 'up == 1'], [-1, -1]],
]

describe('a rule waits for', () => {
  for (const [what, rules, places] of CASES) {
    it(`${what}: ${rules.join('; ')}`, () => {
      const texts = rules.map((rule) => {
        const [, name, expr] = /^(\w) = (.*)$/.exec(rule) ?? []
        return name ? `{record: ${name}, expr: '${expr}'}` : `{alert: A, expr: '${rule}'}`
      })
      const text = `groups: [{name: g, rules: [${texts.join(', ')}]}]`
      const [group] = parseRuleFile('rules.yaml', text).groups
      assert.deepEqual(group && readsAfter(group), places)
    })
  }
})
