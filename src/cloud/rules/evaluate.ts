import { type Labels, labelsKey } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type {
  AlertElement,
  AlertingResult,
  InstantValue,
  Query,
  RuleResult,
  Sample,
} from './ports.ts'
import { readsAfter } from './reads-after.ts'
import type { AlertingRule, RecordingRule, Rule, RuleGroup, TemplatedLabel } from './rule.ts'
import type { RuleWriter } from './rule-writer.ts'
import { RULE_TIMEOUT_MS } from './schedule.ts'
import { expand } from './template/expand.ts'

/** A rule that finds more alerts tells nobody anything. */
const MAX_ALERTS = 2000
/** Their annotations are worked out together. */
const ELEMENTS_AT_ONCE = 16

type Writer = Pick<RuleWriter, 'recorded' | 'judged'>

export interface Evaluation {
  readonly at: UnixMs
  readonly query: Query
  /** Takes what rules find, before the next rule runs; without it nothing is written. */
  readonly writer?: Writer | undefined
  /** Whether some of what the rule reads has not come: what it does not find may be there. */
  readonly isPartial?: ((rule: Rule) => boolean) | undefined
  /** Of the console, for templates. */
  readonly externalUrl?: string | undefined
  /** `$externalLabels` of templates. */
  readonly externalLabels?: Labels | undefined
  /** After so long, in real time, the templates of a rule are not answered any more. Default: as for its query. */
  readonly maxRuleMs?: number
  /** Told of each rule how long it took, in real time. */
  readonly onRule?: (tookMs: number) => void
}

/**
 * Evaluates the rules of a group one after the other. A rule that fails harms no other: its result says why.
 * Source: prometheus `rules/group.go` and `rules/alerting.go`.
 */
export async function evaluateGroup(
  group: RuleGroup,
  evaluation: Evaluation,
): Promise<RuleResult[]> {
  const data = new InstantData(evaluation, evaluation.at - group.queryOffsetMs)
  const after = readsAfter(group)
  const askAfter = (place: number) => data.ask(group.rules.filter((_, at) => after[at] === place))
  askAfter(-1)
  const results: RuleResult[] = []
  for (const [place, rule] of group.rules.entries()) {
    const startedMs = performance.now()
    data.begin(startedMs)
    try {
      results.push(await evaluateRule(rule, group, data))
    } catch (error) {
      results.push({ kind: 'failed', rule, message: messageOf(error) })
    }
    askAfter(place)
    evaluation.onRule?.(performance.now() - startedMs)
  }
  return results
}

async function evaluateRule(rule: Rule, group: RuleGroup, data: InstantData): Promise<RuleResult> {
  const samples = samplesOf(await data.instant(rule))
  if (group.limit > 0 && samples.length > group.limit) {
    throw new Error(
      `found ${samples.length} elements, more than the group's limit of ${group.limit}`,
    )
  }
  if (rule.kind === 'recording') {
    return { kind: 'recording', rule, count: await recorded(rule, samples, data) }
  }
  if (samples.length > MAX_ALERTS) {
    throw new Error(
      `found ${samples.length} elements, more than the ${MAX_ALERTS} alerts of a rule`,
    )
  }
  const elements = await elementsOf(rule, samples, data)
  const partial = data.isPartial(rule) && { partial: true as const }
  return judged({ kind: 'alerting', rule, elements, ...partial }, data)
}

async function judged(result: AlertingResult, data: InstantData): Promise<AlertingResult> {
  try {
    await data.write((writer) => writer.judged(result))
    return result
  } catch (error) {
    return { ...result, fault: `ALERTS not written: ${messageOf(error)}` }
  }
}

function samplesOf(value: InstantValue): readonly Sample[] {
  if (value.type === 'vector') return value.samples
  if (value.type === 'scalar') return [{ labels: {}, value: value.value }]
  throw new Error(`the expression is a ${value.type}; a rule needs an instant vector or a scalar`)
}

async function elementsOf(
  rule: AlertingRule,
  samples: readonly Sample[],
  data: InstantData,
): Promise<AlertElement[]> {
  const elements: AlertElement[] = []
  const seen = new Set<string>()
  for (const sample of samples) {
    const own = { ...(await data.expandAll(rule.labels, sample)), alertname: rule.name }
    const labels = merged(sample.labels, own)
    const key = labelsKey(labels)
    if (seen.has(key))
      throw new Error(`several elements have the same labels after labelling: ${key}`)
    seen.add(key)
    elements.push({ labels, value: sample.value, annotations: {} })
  }
  // Annotations may ask the series: only when nothing is wrong with the labels.
  const told: AlertElement[] = []
  for (let from = 0; from < elements.length; from += ELEMENTS_AT_ONCE) {
    const some = samples.slice(from, from + ELEMENTS_AT_ONCE)
    const texts = await Promise.all(some.map((sample) => data.expandAll(rule.annotations, sample)))
    for (const [i, annotations] of texts.entries()) {
      const element = elements[from + i]
      if (element) told.push({ ...element, annotations })
    }
  }
  return told
}

async function recorded(
  rule: RecordingRule,
  samples: readonly Sample[],
  data: InstantData,
): Promise<number> {
  const own = Object.fromEntries(rule.labels.map(({ name, template }) => [name, template.text]))
  const results = samples.map(({ labels, value }) => {
    return { labels: merged(labels, { ...own, __name__: rule.name }), value }
  })
  // What an expression finds is different: it stays so without labels that go.
  const goes = (labels: Labels) =>
    '__name__' in labels || rule.labels.some(({ name }) => name in labels)
  const mayMeet = samples.some(({ labels }) => goes(labels))
  if (mayMeet && new Set(results.map(({ labels }) => labelsKey(labels))).size < results.length)
    throw new Error('several elements have the same labels after labelling')
  await data.write((writer) => writer.recorded(rule, results))
  return results.length
}

/** Labels of an element, without its metric name, under those of the rule; no empty ones. */
function merged(labels: Labels, own: Labels): Labels {
  const { __name__: _, ...rest } = labels
  return Object.fromEntries(Object.entries({ ...rest, ...own }).filter(([, value]) => value !== ''))
}

/** The series at one instant; the same question of templates is asked once. */
class InstantData {
  readonly #evaluation: Evaluation
  readonly #dataAt: UnixMs
  readonly #answers = new Map<string, Promise<readonly Sample[]>>()
  #untilMs = Infinity
  /** Of rules that were asked for ahead. */
  readonly #ahead = new Map<Rule, Promise<InstantValue>>()

  constructor(evaluation: Evaluation, dataAt: UnixMs) {
    this.#evaluation = evaluation
    this.#dataAt = dataAt
  }

  /** The next rule is evaluated. */
  begin(nowMs: number): void {
    this.#untilMs = nowMs + (this.#evaluation.maxRuleMs ?? RULE_TIMEOUT_MS)
  }

  /** All at once: the series may be in another thread, or further away. */
  ask(rules: readonly Rule[]): void {
    for (const rule of rules) {
      const answer = this.instant(rule)
      // Whoever takes it up hears of its failure.
      answer.catch(() => {})
      this.#ahead.set(rule, answer)
    }
  }

  instant(rule: Rule): Promise<InstantValue> {
    return this.#ahead.get(rule) ?? this.#evaluation.query.instant(rule.query, this.#dataAt)
  }

  isPartial(rule: Rule): boolean {
    return this.#evaluation.isPartial?.(rule) ?? false
  }

  /** What templates asked before may have another answer after it. */
  async write(task: (writer: Writer) => Promise<unknown>): Promise<void> {
    const { writer } = this.#evaluation
    if (!writer) return
    await task(writer)
    this.#answers.clear()
  }

  async expandAll(
    templates: readonly TemplatedLabel[],
    { labels, value }: Sample,
  ): Promise<Labels> {
    const texts: Record<string, string> = {}
    const { at, externalUrl = '', externalLabels } = this.#evaluation
    const query = (text: string) => this.#ask(text)
    for (const { name, template } of templates) {
      texts[name] = await expand(template, {
        labels,
        value,
        atMs: at,
        externalUrl,
        externalLabels,
        query,
      })
    }
    return texts
  }

  /** As of the instant itself, whatever the group's offset: so does Prometheus. */
  #ask(text: string): Promise<readonly Sample[]> {
    const known = this.#answers.get(text)
    if (known) return known
    if (performance.now() >= this.#untilMs) {
      return Promise.reject(new Error('the templates of the rule have asked for too long'))
    }
    const answer = (async () => {
      return samplesOf(await this.#evaluation.query.instant(text, this.#evaluation.at))
    })()
    this.#answers.set(text, answer)
    return answer
  }
}
