/** One rule of a rule file. */

import type { Node } from 'yaml'
import type { Labels } from '../../model/labels.ts'
import { type Expr, selectors } from '../../promql/index.ts'
import type { Field, Fields, YamlFile } from '../../support/yaml-file.ts'
import { durationMs } from './duration-field.ts'
import { parseExpression } from './expression.ts'
import type { AlertingRule, RecordingRule, Rule, TemplatedLabel } from './rule.ts'
import { parseTemplate } from './template/parse.ts'
import { TemplateFault } from './template/syntax.ts'

const RULE_FIELDS = ['record', 'alert', 'expr', 'for', 'keep_firing_for', 'labels', 'annotations']
/** As at the door of remote write. */
const OURS = 'tars_'

interface Place {
  readonly yaml: YamlFile
  readonly within: string
}

/** A group's place and labels. */
export interface GroupPlace extends Place {
  readonly labels: Fields
}

/** Undefined only when the rule has no sound expression; the faults are with the file. */
export function parseRule(
  group: GroupPlace,
  node: Node | undefined,
  number: number,
): Rule | undefined {
  const { yaml } = group
  const faults = yaml.faults.length
  const fields = yaml.fields(node, `${group.within}, rule ${number}`)
  if (yaml.faults.length > faults) return undefined
  const alert = yaml.text(fields.get('alert'), group.within) ?? ''
  const record = yaml.text(fields.get('record'), group.within) ?? ''
  const within = `${group.within}, rule ${number}, "${alert || record}"`
  yaml.onlyKnown(fields, RULE_FIELDS, within)
  const place = { yaml, within }
  const start = yaml.offsetOf(node)
  if (alert !== '' && record !== '') {
    yaml.fault(start, within, "only one of 'record' and 'alert' must be set")
  } else if (alert === '' && record === '') {
    yaml.fault(start, within, "one of 'record' or 'alert' must be set")
  }
  const expression = parseExpression(place, fields.get('expr'), start)
  const labels = new Map([...group.labels, ...yaml.fields(fields.get('labels')?.value, within)])
  const parts = { place, fields, labels }
  const rest = alert !== '' ? alertingParts(parts) : recordingParts(parts, record)
  return expression && finish({ name: alert || record, ...expression }, rest)
}

type Rest =
  | Pick<AlertingRule, 'kind' | 'forMs' | 'keepFiringMs' | 'labels' | 'annotations' | 'fixedLabels'>
  | Pick<RecordingRule, 'kind' | 'labels'>

function finish(
  base: { name: string; text: string; query: string; expr: Expr; line: number; column: number },
  rest: Rest,
): Rule {
  if (rest.kind === 'recording') return { ...base, ...rest }
  return { ...base, ...rest, ofEvents: isOfEvents(base.expr) }
}

interface Parts {
  readonly place: Place
  readonly fields: Fields
  readonly labels: Fields
}

function alertingParts({ place, fields, labels }: Parts): Rest {
  const { yaml, within } = place
  const templates = templatesOf(place, labels, 'label')
  const fixed = templates.filter(({ template }) =>
    template.body.every(({ kind }) => kind === 'text'),
  )
  const fixedLabels: Labels = Object.fromEntries(
    fixed.map(({ name, template }) => [name, template.text]),
  )
  const annotations = yaml.fields(fields.get('annotations')?.value, within)
  return {
    kind: 'alerting',
    forMs: durationMs(yaml, fields.get('for'), within),
    keepFiringMs: durationMs(yaml, fields.get('keep_firing_for'), within),
    labels: templates,
    fixedLabels,
    annotations: templatesOf(place, annotations, 'annotation'),
  }
}

function recordingParts({ place, fields, labels }: Parts, record: string): Rest {
  const { yaml, within } = place
  for (const name of ['annotations', 'for', 'keep_firing_for']) {
    const field = fields.get(name)
    if (field && record !== '' && !isEmpty(place, name, field)) {
      yaml.fault(field.keyOffset, within, `invalid field '${name}' in recording rule`)
    }
  }
  const fault = nameFault(record)
  if (fault) yaml.fault(yaml.offsetOf(fields.get('record')?.value), within, fault)
  return { kind: 'recording', labels: templatesOf(place, labels, 'plain label') }
}

/** Since Prometheus 3 nearly any text is the name of a metric. */
function nameFault(record: string): string | undefined {
  if (!record.isWellFormed()) return `invalid recording rule name: ${record}`
  if (/[{}]/.test(record)) {
    return `braces present in the recording rule name; should it be in expr?: ${record}`
  }
  if (!record.startsWith(OURS)) return undefined
  return `metric names that begin with ${OURS} are written by tars-alarm itself: rename ${record}`
}

/** `for: 0s` and `annotations: {}` are allowed everywhere. */
function isEmpty({ yaml, within }: Place, name: string, field: Field): boolean {
  if (name !== 'annotations') return durationMs(yaml, field, within) === 0
  return yaml.fields(field.value, within).size === 0
}

/** Since Prometheus 3 any text is a name of labels and annotations. */
export function isLabelName(name: string): boolean {
  return name !== '' && name.isWellFormed() && name !== '__name__'
}

function templatesOf(
  { yaml, within }: Place,
  entries: Fields,
  kind: 'label' | 'annotation' | 'plain label',
): TemplatedLabel[] {
  const templates: TemplatedLabel[] = []
  for (const [name, field] of entries) {
    if (!isLabelName(name) && !(kind === 'annotation' && name === '__name__')) {
      const what = kind === 'annotation' ? 'annotation' : 'label'
      yaml.fault(field.keyOffset, within, `invalid ${what} name: ${name}`)
    }
    const text = yaml.text(field, within)
    if (text === undefined) continue
    if (kind === 'plain label') {
      templates.push({
        name,
        template: { text, body: [{ kind: 'text', text }], defined: new Map() },
      })
      continue
    }
    try {
      templates.push({ name, template: parseTemplate(text) })
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error
      const offset = yaml.offsetInText(field.value, error.offset)
      yaml.fault(offset, within, `${kind} "${name}": ${error.message}`)
    }
  }
  return templates
}

/** What kind of day it is decides when it is told, not what of. */
function isOfEvents(expr: Expr): boolean {
  const names = selectors(expr)
    .map(
      ({ matchers }) => matchers.find(({ name, op }) => name === '__name__' && op === '=')?.value,
    )
    .filter((name) => name !== 'tars_baseline_today')
  return names.length > 0 && names.every((name) => name === 'tars_notify_events')
}
