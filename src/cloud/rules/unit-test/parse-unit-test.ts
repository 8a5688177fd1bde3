/** promtool's unit-test files. Source: prometheus `cmd/promtool/unittest.go`. */
import { isScalar, type Node } from 'yaml'
import type { Labels } from '../../../model/labels.ts'
import { type Field, type Fields, YamlFile } from '../../../support/yaml-file.ts'
import { durationMs } from '../duration-field.ts'
import type { RuleFault } from '../fault.ts'
import type {
  AlertTest,
  ExpectedSample,
  ExpressionTest,
  UnitTest,
  UnitTestFile,
} from './unit-test.ts'

const FIELDS = {
  file: ['rule_files', 'evaluation_interval', 'group_eval_order', 'fuzzy_compare', 'tests'],
  test: [
    'name',
    'interval',
    'input_series',
    'alert_rule_test',
    'promql_expr_test',
    'external_labels',
    'external_url',
    'start_timestamp',
  ],
  series: ['series', 'values'],
  alertTest: ['eval_time', 'alertname', 'exp_alerts'],
  alert: ['exp_labels', 'exp_annotations'],
  expressionTest: ['expr', 'eval_time', 'exp_samples'],
  sample: ['labels', 'value', 'histogram'],
} as const

const DEFAULT_INTERVAL_MS = 60_000
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** All of a file; with any fault it is not whole. */
export function parseUnitTestFile(
  file: string,
  text: string,
): { readonly unitTests: UnitTestFile; readonly faults: readonly RuleFault[] } {
  const yaml = new YamlFile(file, text)
  const unitTests = new FileReader(yaml).read()
  const { faults } = yaml
  return { unitTests, faults: faults.toSorted((a, b) => a.line - b.line || a.column - b.column) }
}

class FileReader {
  readonly #yaml: YamlFile

  constructor(yaml: YamlFile) {
    this.#yaml = yaml
  }

  read(): UnitTestFile {
    const yaml = this.#yaml
    const sound = yaml.faults.length === 0
    const fields = this.#fields(sound ? yaml.root : undefined, FIELDS.file, '')
    const evaluationIntervalMs =
      durationMs(yaml, fields.get('evaluation_interval'), '') || DEFAULT_INTERVAL_MS
    return {
      file: yaml.file,
      ruleFiles: this.#list(fields, 'rule_files', '').map((node) => {
        return { path: this.#text(node, ''), place: this.#place(node) }
      }),
      evaluationIntervalMs,
      groupOrder: this.#groupOrder(fields),
      fuzzyCompare: this.#flag(fields.get('fuzzy_compare')),
      tests: this.#list(fields, 'tests', '').map((node, index) => {
        return this.#test(node, `test ${index + 1}`, evaluationIntervalMs)
      }),
    }
  }

  #groupOrder(fields: Fields): string[] {
    const names: string[] = []
    for (const node of this.#list(fields, 'group_eval_order', '')) {
      const name = this.#text(node, '')
      const offset = this.#yaml.offsetOf(node)
      if (names.includes(name)) {
        this.#yaml.fault(offset, '', `group name repeated in evaluation order: ${name}`)
      }
      names.push(name)
    }
    return names
  }

  #test(node: Node | undefined, number: string, evaluationIntervalMs: number): UnitTest {
    const yaml = this.#yaml
    const fields = this.#fields(node, FIELDS.test, number)
    const name = yaml.text(fields.get('name'), number) ?? ''
    const within = name === '' ? number : `${number}, "${name}"`
    return {
      name,
      place: this.#place(node),
      startMs: this.#start(fields.get('start_timestamp'), within),
      intervalMs: durationMs(yaml, fields.get('interval'), within) || evaluationIntervalMs,
      inputSeries: this.#list(fields, 'input_series', within).map((each) => {
        const series = this.#fields(each, FIELDS.series, within)
        const text = (field: string) => yaml.text(series.get(field), within) ?? ''
        return { place: this.#place(each), series: text('series'), values: text('values') }
      }),
      alertTests: this.#list(fields, 'alert_rule_test', within).map((each) => {
        return this.#alertTest(each, within)
      }),
      expressionTests: this.#list(fields, 'promql_expr_test', within).map((each) => {
        return this.#expressionTest(each, within)
      }),
      externalLabels: this.#labels(fields.get('external_labels'), within),
      externalUrl: yaml.text(fields.get('external_url'), within) ?? '',
    }
  }

  #alertTest(node: Node | undefined, within: string): AlertTest {
    const yaml = this.#yaml
    const fields = this.#fields(node, FIELDS.alertTest, within)
    const alertname = yaml.text(fields.get('alertname'), within) ?? ''
    if (alertname === '') {
      const message = 'an item under alert_rule_test misses required attribute alertname'
      yaml.fault(yaml.offsetOf(node), within, message)
    }
    const expected = this.#list(fields, 'exp_alerts', within).map((each) => {
      const alert = this.#fields(each, FIELDS.alert, within)
      const labels = { ...this.#labels(alert.get('exp_labels'), within), alertname }
      return { labels, annotations: this.#labels(alert.get('exp_annotations'), within) }
    })
    const atMs = durationMs(yaml, fields.get('eval_time'), within)
    return { place: this.#place(node), atMs, alertname, expected }
  }

  #expressionTest(node: Node | undefined, within: string): ExpressionTest {
    const yaml = this.#yaml
    const fields = this.#fields(node, FIELDS.expressionTest, within)
    return {
      place: this.#place(node),
      atMs: durationMs(yaml, fields.get('eval_time'), within),
      expr: yaml.text(fields.get('expr'), within) ?? '',
      expected: this.#list(fields, 'exp_samples', within).map((each) => this.#sample(each, within)),
    }
  }

  #sample(node: Node | undefined, within: string): ExpectedSample {
    const yaml = this.#yaml
    const fields = this.#fields(node, FIELDS.sample, within)
    return {
      labels: yaml.text(fields.get('labels'), within) ?? '',
      value: this.#number(fields.get('value'), within),
      histogram: yaml.text(fields.get('histogram'), within) ?? '',
    }
  }

  /** Seconds, or RFC 3339. */
  #start(field: Field | undefined, within: string): number {
    const text = this.#yaml.text(field, within) ?? ''
    if (text === '') return 0
    if (/^-?\d+(\.\d+)?$/.test(text)) return Math.round(Number(text) * 1000)
    const ms = RFC_3339.test(text) ? Date.parse(text) : Number.NaN
    if (!Number.isNaN(ms)) return ms
    this.#yaml.fault(
      this.#yaml.offsetOf(field?.value),
      within,
      `"${text}" is no time: expected Unix seconds or RFC 3339, such as 2024-01-01T00:00:00Z`,
    )
    return 0
  }

  #number(field: Field | undefined, within: string): number {
    const node = field?.value
    if (node === undefined || (isScalar(node) && node.value === null)) return 0
    if (isScalar(node) && typeof node.value === 'number') return node.value
    this.#yaml.fault(this.#yaml.offsetOf(node), within, 'expected a number as value')
    return 0
  }

  #flag(field: Field | undefined): boolean {
    const node = field?.value
    if (node === undefined || (isScalar(node) && typeof node.value !== 'string' && !node.value)) {
      return false
    }
    if (isScalar(node) && node.value === true) return true
    this.#yaml.fault(this.#yaml.offsetOf(node), '', 'expected true or false')
    return false
  }

  #fields(node: Node | undefined, known: readonly string[], within: string): Fields {
    const fields = this.#yaml.fields(node, within)
    this.#yaml.onlyKnown(fields, known, within)
    return fields
  }

  #list(fields: Fields, name: string, within: string): readonly (Node | undefined)[] {
    return this.#yaml.items(fields.get(name)?.value, within)
  }

  #labels(field: Field | undefined, within: string): Labels {
    const entries = [...this.#yaml.fields(field?.value, within)]
    return Object.fromEntries(
      entries.map(([name, value]) => [name, this.#yaml.text(value, within) ?? '']),
    )
  }

  #text(node: Node | undefined, within: string): string {
    return this.#yaml.text({ value: node, keyOffset: 0 }, within) ?? ''
  }

  #place(node: Node | undefined) {
    return this.#yaml.place(this.#yaml.offsetOf(node))
  }
}
