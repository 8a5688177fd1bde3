import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Engine, TemplateFailure } from '../../../../src/cloud/notify/templates/engine.ts'

const SHAPE = {
  title: '调用失败率高',
  over: false,
  labels: { interface: 'pay' },
  rows: [{ time: '10:05', title: 'down' }],
  held: { count: 2 },
}
const engine = new Engine((text) => text, SHAPE)
const render = (text: string, values: object = SHAPE) => engine.compile(text).render(values)

/** How it fails, when it is saved or when it is used. */
function failure(text: string, values: object = SHAPE): string {
  try {
    return `says ${render(text, values).slice(0, 40)}`
  } catch (error) {
    assert.ok(error instanceof TemplateFailure, String(error))
    return `${error.reason}: ${error.message}`
  }
}

describe('a template', () => {
  const cases: [string, string, string][] = [
    ['says values', '{{ title }} {{ labels.interface }} {{ held.count }}', '调用失败率高 pay 2'],
    ['decides', '{% if over %}恢复{% else %}告警{% endif %}', '告警'],
    [
      'goes through lists',
      '{% for row in rows %}{{ row.time }} {{ row.title }};{% endfor %}',
      '10:05 down;',
    ],
    ['uses filters', "{{ title | truncate: 3, '…' | default: '-' }}", '调用…'],
    ['says nothing of a label that is not there', '[{{ labels.node }}]', '[]'],
    ['keeps what is no Liquid', '100% {a} }}', '100% {a} }}'],
    [
      'knows sizes and ends of lists',
      '{{ rows.size }}{{ rows.first.title }}{{ rows[0].time }}',
      '1down10:05',
    ],
    ['has names of its own', "{% assign a = title | append: '!' %}{{ a }}", '调用失败率高!'],
  ]
  for (const [name, text, said] of cases) it(name, () => assert.equal(render(text), said))
})

describe('a template is refused', () => {
  const cases: [string, string, RegExp][] = [
    ['an open tag', '{% if over %}', /^syntax: .*not closed.*line:1, col:1/],
    ['an open output on the second line', 'a\n{{ title ', /^syntax: .*line:2, col:1/],
    [
      'an unknown variable',
      'a {{ titel }}',
      /^unknown-variable: unknown variable: titel, line:1, col:\d/,
    ],
    ['an unknown part of one', '{{ held.counts }}', /^unknown-variable: .*held\.counts/],
    ['an unknown column of a list', '{{ rows.first.tim }}', /^unknown-variable/],
    ['an unknown filter', '{{ title | shout }}', /^syntax: undefined filter: shout/],
    ['files', "{% include '/etc/passwd' %}", /^syntax: tag "include" not found/],
    ['files by another name', "{% render 'a' %}", /^syntax: tag "render" not found/],
    ['layouts', "{% layout 'a' %}", /^syntax: tag "layout" not found/],
    ['what would pass markup through', '{{ title | raw }}', /^syntax: undefined filter: raw/],
    ['the clock', "{{ 'now' | date: '%s' }}", /^syntax: undefined filter: date/],
    ['more than is read', 'a'.repeat(60_000), /^syntax: .*limit exceeded/],
  ]
  for (const [name, text, expected] of cases) it(name, () => assert.match(failure(text), expected))
})

describe('a template is stopped', () => {
  const endless =
    '{% for a in (1..900) %}{% for b in (1..900) %}{% for c in (1..900) %}x{% endfor %}{% endfor %}{% endfor %}'
  const doubling = `{% assign a = 'xxxxxxxxxx' %}${'{% assign a = a | append: a %}'.repeat(40)}{{ a }}`
  const cases: [string, string][] = [
    ['loops without end', endless],
    ['a range of everything', '{% for a in (1..2000000000) %}{% endfor %}'],
    ['text that doubles', doubling],
    [
      'a long output',
      '{% for a in (1..2000) %}{{ title | append: title | append: title | append: title | append: title | append: title | append: title | append: title | append: title | append: title }}{% endfor %}',
    ],
  ]
  for (const [name, text] of cases) {
    it(`${name}: in time, and says why`, () => {
      const compiled = engine.compile(text)
      // Not by the clock: the machine may be busy with others.
      const began = process.threadCpuUsage()
      assert.throws(
        () => compiled.render(SHAPE),
        (error) => error instanceof TemplateFailure && error.reason === 'too-much',
      )
      const { user, system } = process.threadCpuUsage(began)
      const tookMs = (user + system) / 1000
      assert.ok(tookMs < 500, `${tookMs} ms`)
    })
  }
})

describe('what is no own property', () => {
  it('is not there, whatever its name', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      assert.equal(render(`[{{ labels.${name} }}]`), '[]', name)
      assert.match(failure(`{{ ${name} }}`), /^unknown-variable/)
      assert.match(failure(`{{ title.${name} }}`), /^unknown-variable/)
    }
  })

  it('nor by a name that is made', () => {
    assert.equal(render("{% assign a = 'constr' | append: 'uctor' %}[{{ labels[a] }}]"), '[]')
  })
})

it('values are escaped as their place wants it, also behind filters; what the author wrote is not', () => {
  const html = new Engine((text) => text.replaceAll('<', '&lt;'), SHAPE)
  const values = { ...SHAPE, title: '<b>' }
  assert.equal(
    html.compile("<i>{{ title }}{{ title | append: '<u>' }}</i>").render(values),
    '<i>&lt;b>&lt;b>&lt;u></i>',
  )
})

it('whatever is typed, it compiles or says why, and never hangs', () => {
  const piece = fc.constantFrom(
    '{{',
    '}}',
    '{%',
    '%}',
    ' title ',
    'if ',
    'endif',
    'for a in rows',
    '|',
    'append:',
    "'x'",
    '\n',
    '告',
    'assign a = ',
    '..',
    '(1',
    ')',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      failure(pieces.join(''))
    }),
    { numRuns: 300 },
  )
})
