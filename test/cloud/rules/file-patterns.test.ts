import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { matchesPattern, unmatchedFiles } from '../../../src/cloud/rules/file-patterns.ts'

const PATTERNS = ['alerting_rule*.yaml', 'recording_rule*.yaml']

describe('files that match no pattern', () => {
  const nearly: [string, string, string | undefined][] = [
    ['a letter is missing', 'recoding_rules-x.yaml', 'recording_rules-x.yaml'],
    ['a letter too many', 'allerting_rules.yaml', 'alerting_rules.yaml'],
    ['two letters changed places', 'alertign_rule.yaml', 'alerting_rule.yaml'],
    ['a dash for an underscore', 'alerting-rules.yaml', 'alerting_rules.yaml'],
    ['the other ending', 'alerting_rules.yml', 'alerting_rules.yaml'],
    ['another case', 'Alerting_Rules.YAML', 'alerting_rules.yaml'],
    ['something else', 'dashboards.yaml', undefined],
    ['half of it', 'rules.yaml', undefined],
  ]
  for (const [what, name, didYouMean] of nearly) {
    it(`${what}: ${name} → ${didYouMean ?? 'no idea'}`, () => {
      const expected = didYouMean === undefined ? { name } : { name, didYouMean }
      assert.deepEqual(unmatchedFiles([name], PATTERNS), [expected])
    })
  }

  it('leaves out what matches, keeps the order of the rest', () => {
    const names = ['b.yaml', 'alerting_rule.yaml', 'recording_rules-1.yaml', 'a.yaml']
    assert.deepEqual(unmatchedFiles(names, PATTERNS), [{ name: 'b.yaml' }, { name: 'a.yaml' }])
  })

  it('takes everything else than * and ? as it is', () => {
    assert.ok(matchesPattern('a.yaml', '?.yaml'))
    assert.ok(!matchesPattern('.yaml', '?.yaml'))
    assert.ok(!matchesPattern('axyaml', 'a.yaml'))
    assert.ok(matchesPattern('a(b)[c].yaml', 'a(b)[*].yaml'))
    assert.ok(matchesPattern('告警.yaml', '告?.yaml'))
  })

  it('what it means does match', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '_', '.'), maxLength: 12 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '_', '.', '*', '?') })
    fc.assert(
      fc.property(text, pattern, (name, each) => {
        for (const { didYouMean } of unmatchedFiles([name], [each])) {
          if (didYouMean !== undefined) assert.ok(matchesPattern(didYouMean, each))
        }
      }),
    )
  })
})
