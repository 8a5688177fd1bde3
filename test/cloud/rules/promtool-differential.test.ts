/**
 * Random rules over random series: what they make here, Debian's promtool must expect. It is of 2.42, so no
 * sample stands where ranges and lookback ended otherwise before 3.0.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { step } from '../../../src/cloud/alerts/transition.ts'
import type { Finding } from '../../../src/cloud/rules/unit-test/finding.ts'
import { runUnitTestFile } from '../../../src/cloud/rules/unit-test/run-file.ts'

const missing = spawnSync('promtool', ['--version']).status !== 0 && 'promtool is not installed'
const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
after(() => rmSync(folder, { recursive: true }))

const VALUES = [
  '1',
  '5',
  '0',
  '_',
  'stale',
  '3x2',
  '0+2x3',
  '9-3x3',
  '_x2',
  '7x4',
  '0.5+0.25x5',
  'Inf',
]
const EXPRESSIONS = [
  'm > 2',
  'm == 0',
  'm',
  'm offset 1m',
  'm @ 60',
  'sum by (job) (m) > 3',
  'max(m) by (i)',
  'absent(m{job="a"})',
  'r1 > 2',
  'r2 < 5',
  'r1 unless m > 2',
  'absent(r1)',
  'vector(time()) > 120',
  'ALERTS{alertname="A1"}',
  'count by (alertname, alertstate) (ALERTS)',
  'ALERTS_FOR_STATE{alertname="A2"} > 60',
  'm and on (job) ALERTS',
]
const TEXTS = [
  '{{ $value | humanize }} {{ $externalLabels.zone }}',
  '{{ $labels.job }}:{{ .Labels.i }}',
  '{{ range query "sum by (i) (m)" | sortByLabel "i" }}{{ .Labels.i }}={{ .Value }};{{ end }}',
  '{{ with query "count(m)" }}{{ . | first | value | printf "%.2f" }}{{ else }}none{{ end }}',
  '{{ if gt $value 2.0 }}big{{ else }}small{{ end }}',
]
const NAMES = ['A1', 'A2', 'A3']
const SECONDS = [0, 30, 60, 90, 120, 150, 180, 240, 300, 420]

const pick = (...choices: string[]) => fc.constantFrom(...choices)
const requiredKeys: never[] = []
const record = fc.record(
  { record: pick('r1', 'r2'), expr: pick(...EXPRESSIONS), labels: fc.record({ w: pick('x', '') }) },
  { requiredKeys: ['record', 'expr'] },
)
const alert = fc.record(
  {
    alert: pick(...NAMES),
    expr: pick(...EXPRESSIONS),
    for: pick('30s', '1m', '90s'),
    keep_firing_for: pick('30s', '2m'),
    labels: fc.record({ s: pick('page', '{{ $labels.job }}-', '{{ $value }}') }, { requiredKeys }),
    annotations: fc.record({ t: pick(...TEXTS), u: pick(...TEXTS) }, { requiredKeys }),
  },
  { requiredKeys: ['alert', 'expr', 'annotations'] },
)
const scene = fc.record({
  groups: fc.array(fc.array(fc.oneof(record, alert, alert), { minLength: 1, maxLength: 4 }), {
    minLength: 1,
    maxLength: 3,
  }),
  values: fc.array(fc.array(pick(...VALUES), { minLength: 3, maxLength: 7 }), {
    minLength: 3,
    maxLength: 3,
  }),
  interval: pick('31s', '47s'),
  evaluation: pick('30s', '1m', '2m'),
})
type Scene = typeof scene extends fc.Arbitrary<infer S> ? S : never

/** A file of unit tests that asks for everything; `expected` are findings of a run that expected nothing. */
function testFile({ groups, values, interval, evaluation }: Scene, expected: readonly Finding[]) {
  const got = (kind: string, subject: string, seconds: number) =>
    expected.flatMap((each) => {
      if (each.kind !== 'alerts' && each.kind !== 'samples') return []
      const isIt = each.kind === kind && each.subject === subject && each.atMs === seconds * 1000
      return isIt ? each.got : []
    })
  const series = ['m{job="a", i="1"}', 'm{job="a", i="2"}', 'm{job="b", i="1"}']
  const asked = (subjects: readonly string[]) =>
    subjects.flatMap((subject) => SECONDS.map((seconds) => [subject, seconds] as const))
  return stringify({
    rule_files: ['rules.yaml'],
    evaluation_interval: evaluation,
    group_eval_order: groups.map((_, i) => `g${i}`).reverse(),
    tests: [
      {
        interval,
        external_labels: { zone: 'north' },
        input_series: series.map((each, i) => {
          return { series: each, values: `_ ${values[i]?.join(' ')}` }
        }),
        alert_rule_test: asked(NAMES).map(([alertname, at]) => {
          return {
            alertname,
            eval_time: `${at}s`,
            exp_alerts: alertsOf(got('alerts', alertname, at)),
          }
        }),
        promql_expr_test: asked(['m', 'r1', 'r2', 'ALERTS', 'ALERTS_FOR_STATE']).map(
          ([expr, at]) => {
            return { expr, eval_time: `${at}s`, exp_samples: samplesOf(got('samples', expr, at)) }
          },
        ),
      },
    ],
  })
}

function samplesOf(lines: readonly string[]) {
  return lines.map((line) => {
    const [, labels, value = ''] = /^(.*) (\S+)$/.exec(line) ?? []
    return { labels, value: Number(value.replace('Inf', 'Infinity')) }
  })
}

function alertsOf(lines: readonly string[]) {
  const alerts: { exp_labels: object; exp_annotations: Record<string, unknown> }[] = []
  for (const line of lines) {
    const annotation = /^ {2}(\w+): (.*)$/.exec(line)
    if (annotation) {
      const [, name = '', text = ''] = annotation
      Object.assign(alerts.at(-1)?.exp_annotations ?? {}, { [name]: JSON.parse(text) })
      continue
    }
    const pairs = [...line.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value])
    alerts.push({ exp_labels: Object.fromEntries(pairs), exp_annotations: {} })
  }
  return alerts
}

it('promtool expects what rules make here', { skip: missing }, async () => {
  await fc.assert(
    fc.asyncProperty(scene, async (each) => {
      const groups = each.groups.map((rules, i) => ({ name: `g${i}`, rules }))
      writeFileSync(join(folder, 'rules.yaml'), stringify({ groups }))
      const file = join(folder, 'test.yaml')
      writeFileSync(file, testFile(each, []))
      const outcome = await runUnitTestFile(file, { step })
      assert.deepEqual(outcome.faults, [])
      const findings = outcome.tests[0]?.findings ?? []
      const broken = findings.some(({ kind }) => kind === 'broken')
      writeFileSync(file, testFile(each, findings))
      const { status, stderr } = spawnSync('promtool', ['test', 'rules', file], {
        encoding: 'utf8',
        // It leaves its storage where a test fails.
        env: { ...process.env, TMPDIR: folder },
      })
      assert.equal(status !== 0, broken, stderr)
    }),
    { numRuns: 15 },
  )
})
