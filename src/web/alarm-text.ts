import type { Alarm, Language } from './cloud.ts'
import type { RuleOfAlarm, ThresholdUnit } from './thresholds.ts'

/** An annotation in the viewer's language; rules write `title` (Chinese) and `title_en`. */
export function annotation(alarm: Alarm, name: string, language: Language): string {
  const own = language === 'en' ? alarm.annotations[`${name}_en`] : undefined
  return own ?? alarm.annotations[name] ?? ''
}

export function alarmTitle(alarm: Alarm, language: Language): string {
  return annotation(alarm, 'title', language) || alarm.rule
}

// What the row names elsewhere already.
const NAMED = ['alertname', 'callee', 'module', 'service', 'severity', 'title', 'level']

/** The labels that tell this alarm from its siblings: `interface=pay node=10.0.0.5`. */
export function subjectText({ labels }: Alarm): string {
  return Object.entries(labels)
    .filter(([name, value]) => !NAMED.includes(name) && value !== '')
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** How its state is called: notifies that stopped coming say nothing of recovery. */
export function stateWord({ state, labels }: Alarm): Alarm['state'] | 'ended' {
  const isOfNotifies = labels.module !== undefined && labels.title !== undefined
  return state === 'resolved' && isOfNotifies ? 'ended' : state
}

/** When it was over. An alarm of notifies ends without a resolved message. */
export function endedAtMs({ state, resolvedAtMs }: Alarm): number | undefined {
  return state === 'resolved' ? resolvedAtMs : undefined
}

const UNITS: readonly string[] = [
  'ratio',
  'ms',
  'calls',
  'times',
  'count',
] satisfies ThresholdUnit[]

/** What its value is counted in, as its rule says; undefined: nobody knows. */
export function valueUnit({ annotations }: Alarm, { own }: RuleOfAlarm): ThresholdUnit | undefined {
  const said = annotations.value_unit ?? annotations.threshold_unit ?? ''
  if (isUnit(said)) return said
  const { comparison, unit } = own?.compared ?? {}
  // Of what is compared with other times the factor has a unit, not the value.
  if (comparison !== 'threshold') return undefined
  return unit === 'percent' ? 'ratio' : unit
}

function isUnit(text: string): text is ThresholdUnit {
  return UNITS.includes(text)
}

// The title stands above; what the rule says of its value and its threshold is no text.
const HIDDEN = ['title', 'threshold', 'threshold_unit', 'value_unit']

/** Annotations for the detail page, what its rule says of itself last; those of the other language are left out. */
export function shownAnnotations(alarm: Alarm, language: Language): [string, string][] {
  return Object.keys(alarm.annotations)
    .filter((name) => !name.endsWith('_en') && !HIDDEN.includes(name))
    .toSorted((a, b) => Number(a === 'when') - Number(b === 'when'))
    .map((name) => [name, annotation(alarm, name, language)])
}
