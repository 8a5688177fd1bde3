import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Document, Scalar } from 'yaml'
import { parseScript } from '../../../../scripts/promqltest/script.ts'
import { RuleFileError } from '../../../../src/cloud/rules/fault.ts'
import { formatExpression } from '../../../../src/cloud/rules/format/format-expression.ts'
import { formatRuleFile } from '../../../../src/cloud/rules/format/format-rule-file.ts'
import { parse, prettify, print, typeOf } from '../../../../src/promql/index.ts'

const A = 'a'.repeat(60)
const B = 'b'.repeat(60)

/** Every expression of the PromQL cases. */
const EXPRESSIONS = readdirSync('test/promql/cases').flatMap((name) => {
  const script = readFileSync(`test/promql/cases/${name}`, 'utf8')
  return parseScript(script).flatMap((command) => {
    if (command.kind !== 'eval') return []
    try {
      parse(command.expr)
      return [command.expr]
    } catch {
      return []
    }
  })
})

describe('prettify', () => {
  const cases: [string, string, string][] = [
    ['what fits stays on its line', 'sum( up )by(job)', 'sum by (job) (up)'],
    [
      'brackets and operators split what is long',
      `sum by (job) (${A} / on (job) group_left ${B})`,
      `sum by (job) (\n    ${A}\n  / on (job) group_left ()\n    ${B}\n)`,
    ],
    ['operators indent both sides', `${A} + ${B} > 5`, `    ${A}\n  +\n    ${B}\n>\n  5`],
    [
      'arguments stand below each other',
      `label_replace(${A}, "a", "b", "c", "${B}")`,
      `label_replace(\n  ${A},\n  "a",\n  "b",\n  "c",\n  "${B}"\n)`,
    ],
    [
      'a subquery ends with its steps',
      `max_over_time((${A} + ${B})[1h:1m] offset 5m)`,
      `max_over_time(\n  (\n      ${A}\n    +\n      ${B}\n  )[1h:1m] offset 5m\n)`,
    ],
    ['a sign stays with what it is of', `-(${A} + ${B})`, `-(\n    ${A}\n  +\n    ${B}\n)`],
    [
      'the number of topk comes first',
      `topk(3, ${A} + ${B})`,
      `topk(\n  3,\n    ${A}\n  +\n    ${B}\n)`,
    ],
  ]
  for (const [what, text, pretty] of cases) {
    it(what, () => assert.equal(prettify(parse(text)), pretty))
  }

  it('is the same expression, and as pretty when done again', () => {
    const leaf = fc.constantFrom(...EXPRESSIONS.filter((text) => typeOf(parse(text)) === 'vector'))
    const joined = fc.tuple(leaf, leaf, fc.constantFrom('+', 'or', '> bool on (a)', 'and'), leaf)
    const text = joined.map(([a, b, op, c]) => `sum by (x) ((${a}) ${op} (${b})) unless -(${c})`)
    fc.assert(
      fc.property(text, fc.boolean(), (written, flush) => {
        const pretty = prettify(parse(written), { flush })
        assert.equal(print(parse(pretty)), print(parse(written)))
        assert.equal(prettify(parse(pretty), { flush }), pretty)
        if (flush) assert.match(pretty, /^\S/)
      }),
    )
  })
})

describe('the expression of a rule', () => {
  const cases: [string, string, string][] = [
    [
      'keeps what stands for the report interval',
      'sum(  sum_over_time(tars_calls{span="$span"}[$window] offset $quiet)  )>$minutes*5',
      'sum(sum_over_time(tars_calls{span="$span"}[$window] offset $quiet)) > $minutes * 5',
    ],
    ['keeps it where it is a number', 'up>$minutes', 'up > $minutes'],
    ['stays as written with a comment', ' up  # why\n == 0', 'up  # why\n == 0'],
    ['stays as written with bytes that are no text', `up{a=~"\\xc5"}  ==0`, `up{a=~"\\xc5"}  ==0`],
    ['knows a # in a text', `up{ a="#" }`, 'up{a="#"}'],
    ['stays as written where it would be read otherwise', 'up  >  $minutes0', 'up  >  $minutes0'],
  ]
  for (const [what, text, formatted] of cases) {
    it(what, () => {
      assert.equal(formatExpression(text, true), formatted)
      assert.equal(formatExpression(formatted, true), formatted)
    })
  }

  it('is measured as it will be seen', () => {
    // 99 characters with $window, more with any duration of that kind.
    const text = `sum_over_time(${'a'.repeat(75)}[$window])`
    assert.equal(formatExpression(text, true), text)
  })
})

const ODD = `# top
groups:
- name:   a   # name


  rules:
  # before
  - alert:  "A"
    expr:    'up{a="b"}   ==0'   # after
    for:   5m
    labels: {a: 007, b: 1e3, c: yes, d: ~, e: , f: "x"}
    annotations: &x
      t: >-
          folded   text
          goes on

          there
      u: |
        literal
          more
  - record: r
    expr: |
      # why
      sum(  up )
  - {record: s, expr: "${A} > ${B}"}
  - alert: B
    expr: >-
      ${A} > 5
      or ${B}
    annotations: *x
`

const EVEN = `# top
groups:
  - name: a # name

    rules:
      # before
      - alert: "A"
        expr: up{a="b"} == 0 # after
        for: 5m
        labels: { a: 007, b: 1e3, c: yes, d: ~, e:, f: "x" }
        annotations: &x
          t: >-
            folded   text
            goes on

            there
          u: |
            literal
              more
      - record: r
        expr: |-
          # why
          sum(  up )
      - { record: s, expr: ${A} > ${B} }
      - alert: B
        expr: |-
          ${A} > 5
          or
            ${B}
        annotations: *x
`

describe('a rule file', () => {
  it('is brought into one form', () => {
    assert.equal(formatRuleFile('a.yaml', ODD), EVEN)
    assert.equal(formatRuleFile('a.yaml', EVEN), EVEN)
  })

  it('with faults has none', () => {
    assert.throws(() => formatRuleFile('a.yaml', 'groups: 1\n'), RuleFileError)
    assert.throws(() => formatRuleFile('a.yaml', 'groups: []\n---\na: 1\n'), RuleFileError)
  })

  it('of ours and of the tests keeps its comments', () => {
    const folder = 'test/fixtures/unit-tests/rules'
    const files = readdirSync(folder).map((name) => `${folder}/${name}`)
    for (const file of [...files, 'conf/rules/tars.yaml']) {
      if (file.endsWith('/wrong.yaml')) continue
      const text = readFileSync(file, 'utf8')
      const formatted = formatRuleFile(file, text)
      assert.equal(formatRuleFile(file, formatted), formatted)
      const comments = (all: string) =>
        all.split('\n').flatMap((line) => /^ *(#.*)/.exec(line)?.[1] ?? [])
      assert.deepEqual(comments(formatted), comments(text))
    }
  })

  it('is that of ours', () => {
    const text = readFileSync('conf/rules/tars.yaml', 'utf8')
    assert.equal(formatRuleFile('tars.yaml', text), text)
  })

  // That the rules are the same, formatRuleFile sees to itself: it throws otherwise.
  it('has the same rules however it was written, and one form', () => {
    const style = fc.constantFrom(
      Scalar.PLAIN,
      Scalar.QUOTE_DOUBLE,
      Scalar.QUOTE_SINGLE,
      Scalar.BLOCK_LITERAL,
      Scalar.BLOCK_FOLDED,
    )
    const word = fc.constantFrom(
      '007',
      '1e3',
      'yes',
      '~',
      '',
      '1.0',
      "it's",
      'a: b',
      '# no',
      '"',
      '中 文',
      '\n',
      ' ',
    )
    const scalar = (text: fc.Arbitrary<string>) =>
      fc.tuple(text, style, fc.option(fc.constant(' told'))).map(([value, type, comment]) => {
        const node = new Scalar(value)
        node.type = type
        if (comment && type !== Scalar.BLOCK_FOLDED && type !== Scalar.BLOCK_LITERAL)
          node.comment = comment
        return node
      })
    const texts = fc.dictionary(
      fc.constantFrom('a', 'b', 'c.d'),
      scalar(fc.array(word).map((all) => all.join(' '))),
    )
    const vectors = EXPRESSIONS.filter((text) => /^(?:vector|scalar)$/.test(typeOf(parse(text))))
    const rule = fc.record({
      alert: fc.constant('A'),
      expr: scalar(fc.constantFrom(...vectors, `${A} > ${B}`, '# c\nup')),
      labels: texts,
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), fc.boolean(), (rules, flow) => {
        const document = new Document({ groups: [{ name: 'g', rules }] })
        if (flow) Object.assign(document.getIn(['groups', 0, 'rules']) as object, { flow })
        const once = formatRuleFile('a.yaml', document.toString())
        assert.equal(formatRuleFile('a.yaml', once), once)
      }),
      { numRuns: 300 },
    )
  })
})
