import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GoRegexp, RegexpError } from '../src/support/go-regexp.ts'

describe("Go's regular expressions", () => {
  const whole = [
    ['a|ab', 'ab', true],
    ['a', 'ab', false],
    ['.*', 'line\nbreak', true],
    ['(?i)ERROR', 'error', true],
    ['\\d+', '一', false],
    ['[[:alpha:]]+', 'abc', true],
    ['', '', true],
  ] as const
  for (const [pattern, text, expected] of whole) {
    it(`${pattern} ${expected ? 'is' : 'is not'} all of ${JSON.stringify(text)}`, () => {
      assert.equal(GoRegexp.matcher(pattern).testWhole(text), expected)
    })
  }

  const replacements = [
    ['([a-z]+)-(\\d+)', 'ab-12 cd-34', '$2:$1', '12:ab 34:cd'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's way to name a group
    ['(?P<name>x)', 'axb', '<${name}>', 'a<x>b'],
    ['x', 'x', '$$1', '$1'],
    ['x', 'x', '$1x', ''],
    ['a*', 'baac', '-', '-b-c-'],
  ] as const
  for (const [pattern, text, template, expected] of replacements) {
    it(`replaces ${pattern} in '${text}' by '${template}'`, () => {
      assert.equal(GoRegexp.compile(pattern).replaceAll(text, template), expected)
    })
  }

  const faults = [
    ['a(', /missing closing \)/],
    ['*', /missing argument to repetition operator/],
    ['(?=a)', /invalid or unsupported Perl syntax/],
    ['a'.repeat(20_000), /longer than 10000 characters/],
  ] as const
  for (const [pattern, expected] of faults) {
    it(`refuses ${pattern.slice(0, 10)}`, () => {
      assert.throws(
        () => GoRegexp.compile(pattern),
        (error: Error) => error instanceof RegexpError && expected.test(error.message),
      )
    })
  }

  it('takes time linear in the text: no expression holds the process', () => {
    const from = performance.now()
    assert.equal(GoRegexp.matcher('(a+)+b').testWhole('a'.repeat(5_000)), false)
    assert.ok(performance.now() - from < 20_000)
  })
})
