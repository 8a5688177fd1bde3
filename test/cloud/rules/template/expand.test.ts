import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { expand, type Sample } from '../../../../src/cloud/rules/template/expand.ts'
import { parseTemplate } from '../../../../src/cloud/rules/template/parse.ts'
import { TemplateFault } from '../../../../src/cloud/rules/template/syntax.ts'

const LABELS = { callee: 'App.Pay', interface: 'pay', quoted: 'a"b' }

function render(text: string, value = 0.25, samples: readonly Sample[] = []) {
  return expand(parseTemplate(text), {
    labels: LABELS,
    value,
    atMs: 1_435_065_584_128,
    externalUrl: 'http://testhost:9090/path/prefix',
    query: (query) =>
      query === 'bad(' ? Promise.reject(new Error('parse error')) : Promise.resolve(samples),
  })
}

describe('expand', () => {
  // Template, then what must come out. Mostly of prometheus template_test.go.
  const cases = [
    ['plain text', 'plain text'],
    [
      '{{ 1 }} {{ -1 }} {{ 0x10 }} {{ 1.50 }} {{ 1e6 }} {{ 100000.0 }} {{ .00001 }}',
      '1 -1 16 1.5 1e+06 100000 1e-05',
    ],
    ['{{ "<b>" }}{{ `raw\\n` }}{{ "a\\tb\\u4e2d" }}{{ \'a\' }}', '<b>raw\\na\tb中97'],
    [
      '{{ $labels.callee }}/{{ .Labels.interface }}/{{ $labels.missing }}/{{ $value }}/{{ .Value }}',
      'App.Pay/pay//0.25/0.25',
    ],
    [
      '{{ $externalURL }} {{ .ExternalURL }} {{ $externalLabels.dc }}|',
      'http://testhost:9090/path/prefix http://testhost:9090/path/prefix |',
    ],
    ['a {{- 1 -}} b', 'a1b'],
    ['a {{/* note */}} b{{- /* tight */ -}} c', 'a  bc'],
    ['{{ if gt $value 0.2 }}high{{ else }}low{{ end }}', 'high'],
    [
      '{{ if gt $value 1 }}high{{ else if eq $labels.interface "x" "pay" }}pay{{ else }}low{{ end }}',
      'pay',
    ],
    ['{{ with $labels.missing }}{{ . }}{{ else with $labels.callee }}{{ . }}{{ end }}', 'App.Pay'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}', '2'],
    [
      '{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}',
      'callee=App.Pay;interface=pay;quoted=a"b;',
    ],
    [
      '{{ range $i, $x := query "q" }}{{ if eq $i 1 }}{{ break }}{{ end }}{{ $x.Labels.instance }}{{ end }}',
      'b',
    ],
    ['{{ range 3 }}{{ . }}{{ end }}', '012'],
    [
      '{{ range query "q" | sortByLabel "instance" }}{{.Labels.instance}}:{{.Value}}: {{else}}none{{end}}',
      'a:11: b:21: ',
    ],
    [
      '{{ query "q" | first | value }} {{ query "q" | first | label "instance" }} {{ query "q" | first | label "foo" }}|',
      '21 b |',
    ],
    ['{{ (query "q" | first).Labels.instance }}{{ len (query "q") }}', 'b2'],
    [
      '{{ define "x" }}{{ .arg0 }} {{ .arg1 }} {{ .arg2 }}{{ end }}{{ template "x" (args 1 "2") }}{{ tmpl "x" (args 3) }}',
      '1 2 <no value>3 <no value> <no value>',
    ],
    ['{{ and 1 0 2 }} {{ or 0 "" "x" }} {{ not 0 }} {{ and true (ne 1 1) }}', '0 x true false'],
    ['{{ or true (query "bad(") }}', 'true'],
    [
      '{{ eq 1 1.0 }} {{ lt 1 2 }} {{ le "a" "a" }} {{ ge 1.5 2.0 }} {{ index $labels "callee" }} {{ len "中" }}',
      'true true true false App.Pay 3',
    ],
    ['{{ print 1 2 "a" "b" 3 }}|{{ println "a" 1 }}', '1 2a b3|a 1\n'.replace('a b3', 'ab3')],
    [
      '{{ printf "%d %5.2f %-5s| %q %v %x %t %% %s" 42 3.14159 "ab" $labels.quoted 1.5 255 true 1 }}',
      '42  3.14 ab   | "a\\"b" 1.5 ff true % %!s(int=1)',
    ],
    [
      '{{ printf "%05d %+d %e %.3g %6.1f|%d %d" 42 7 1234.5 1234.5 2.25 1.5 }}',
      '00042 +7 1.234500e+03 1.23e+03    2.2|%!d(float64=1.5) %!d(MISSING)',
    ],
    ['{{ printf "%s" "a" "b" }}', 'a%!(EXTRA string=b)'],
    [
      '{{ "foo.example.com:12345" | stripPort }} {{ "2001:0DB8::1" | stripPort }} {{ "[2001:0DB8::1]:12345" | stripPort }} {{ "[2001:0DB8::1]::12345" | stripPort }}',
      'foo.example.com 2001:0DB8::1 2001:0DB8::1 [2001:0DB8::1]::12345',
    ],
    [
      '{{ "foo.example.com" | stripDomain }} {{ "foo.example.com:12345" | stripDomain }} {{ "192.0.2.1:12345" | stripDomain }}',
      'foo foo:12345 192.0.2.1:12345',
    ],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's way of naming a group
      '{{ reReplaceAll "(a)b" "x$1" "ab" }} {{ reReplaceAll "(?i)(?P<n>A)b" "${n}$1x" "ab" }}',
      'xa a',
    ],
    ['{{ match "a+" "aa" }} {{ match "a+" "b" }}', 'true false'],
    ['{{ "aa bb CC" | title }} {{ "aA" | toUpper }} {{ "aA" | toLower }}', 'Aa Bb CC AA aa'],
    [
      '{{ graphLink "up" }} {{ tableLink "a b" }}',
      '/graph?g0.expr=up&g0.tab=0 /graph?g0.expr=a+b&g0.tab=1',
    ],
    ['{{ pathPrefix }} {{ externalURL }}', '/path/prefix http://testhost:9090/path/prefix'],
    [
      '{{ printf "%0.2f" (parseDuration "1h2m10ms") }} {{ toDuration 3661.5 }} {{ now }}',
      '3720.01 1h1m1.5s 1.435065584128e+09',
    ],
    [
      '{{ (1435065584.128 | toTime).Format "2006-01-02 15:04:05 Mon" }} {{ now | toTime }}',
      '2015-06-23 13:19:44 Tue 2015-06-23 13:19:44.128 +0000 UTC',
    ],
    [
      '{{ 1435065584.128 | humanizeTimestamp }} {{ "-1" | humanizeTimestamp }}',
      '2015-06-23 13:19:44.128 +0000 UTC 1969-12-31 23:59:59 +0000 UTC',
    ],
    [
      '{{ "a b&中" | urlQueryEscape }} {{ "<b>" | safeHtml }} {{ html "<b>" }}',
      'a+b%26%E4%B8%AD <b> &lt;b&gt;',
    ],
    ['{{ $value | humanizePercentage }} {{ printf "%.1f" $value | printf "%s!" }}', '25% 0.2!'],
  ] as const
  const samples = [
    { labels: { instance: 'b' }, value: 21 },
    { labels: { instance: 'a' }, value: 11 },
  ]
  for (const [text, expected] of cases) {
    it(text, async () => assert.equal(await render(text, 0.25, samples), expected))
  }

  it('asks a query that is put together while it runs', async () => {
    const asked: string[] = []
    const text = await expand(
      parseTemplate('{{ range query (printf "up{a=%q}" $labels.quoted) }}{{ .Value }}{{ end }}'),
      {
        labels: LABELS,
        value: 1,
        atMs: 0,
        externalUrl: '',
        query: (query) => {
          asked.push(query)
          return Promise.resolve([{ labels: {}, value: 7 }])
        },
      },
    )
    assert.deepEqual([text, asked], ['7', ['up{a="a\\"b"}']])
  })

  // Template, then the place and the words of the fault.
  const failures = [
    [
      '{{ query "x" | first }}',
      '1:16: error calling first: first() called on vector with no elements',
    ],
    ['{{ (query "missing").banana }}', "1:21: can't evaluate field banana in type list"],
    [
      'a\n{{ humanize "one" }}',
      '2:4: error calling humanize: strconv.ParseFloat: parsing "one": invalid syntax',
    ],
    ['{{ query "bad(" }}', 'error calling query: parse error'],
    ['{{ .Foo }}', "1:4: can't evaluate field Foo in type template data"],
    ['{{ first }}', '1:4: wrong number of args for first: got 0'],
    [
      '{{ index (args 1) 2 }}',
      '1:4: error calling index: wrong type for value; expected string; got int',
    ],
    ['{{ template "x" }}', '1:4: template "x" not defined'],
    [
      '{{ define "x" }}{{ template "x" }}{{ end }}{{ template "x" }}',
      '1:20: templates nested more than 30 deep',
    ],
    ['{{ range 20000 }}{{ range 20000 }}{{ end }}{{ end }}', '1:27: more than 20000 steps'],
    ['{{ range 2000 }}0123456789{{ end }}', '1:1: output longer than 16384 characters'],
    [
      '{{ 1e300 | toTime }}',
      '1:12: error calling toTime: 1e+300 cannot be represented as a nanoseconds timestamp since it overflows int64',
    ],
  ] as const
  for (const [text, message] of failures) {
    it(`says what went wrong: ${text}`, async () => {
      assert.equal(await render(text), `<error expanding template: ${message}>`)
    })
  }
})

describe('parseTemplate', () => {
  // Template, offset of the fault, its words.
  const cases = [
    ['{{', 0, 'unclosed action'],
    ['{{ nofunc 1 }}', 3, 'function "nofunc" not defined'],
    ['x{{ $nope }}', 4, 'undefined variable "$nope"'],
    ['{{ if 1 }}', 10, 'unexpected EOF'],
    ['{{ end }}', 0, 'unexpected {{end}}'],
    ['{{ if 1 }}{{ $x := 1 }}{{ end }}{{ $x }}', 35, 'undefined variable "$x"'],
    ['{{ }}', 0, 'missing value for command'],
    ['{{ \u00a0 }}', 3, 'unrecognized character in action: U+00A0'],
    ['{{ "open }}', 3, 'unterminated quoted string'],
    ['{{ "\\q" }}', 3, 'malformed constant: "\\q"'],
    ['{{ (1 }}', 3, 'unclosed left paren'],
    ['{{ 1 2 }}', 3, "can't give argument to non-function"],
    ['{{ 1 | 2 }}', 7, 'non executable command in pipeline'],
    ['{{ break }}', 3, '{{break}} outside {{range}}'],
    ['{{ block "x" . }}{{ end }}', 3, 'block is not supported: use define and template'],
  ] as const
  for (const [text, offset, message] of cases) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseTemplate(text), new TemplateFault(offset, message))
    })
  }

  it('ends on any text, with a template or a fault', async () => {
    const part = fc.constantFrom(
      '{{',
      '}}',
      '{{-',
      '-}}',
      ' ',
      'if',
      'range',
      'end',
      '$value',
      '$labels',
      '.x',
      '|',
      '(',
      ')',
      '"a"',
      '1',
      '1.5',
      'printf',
      'query',
      'and',
      'define',
      ':=',
      '$x',
      ',',
      'else',
      'with',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
        try {
          assert.equal(typeof (await render(parts.join(' '))), 'string')
        } catch (error) {
          assert.ok(error instanceof TemplateFault, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
