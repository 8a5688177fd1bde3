/** Expands the template of a label or annotation for one element. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import { messageOf } from '../../../support/failure.ts'
import { execute } from './execute.ts'
import { type Template, TemplateFault } from './syntax.ts'
import { GoMap, GoStruct, type GoValue } from './value.ts'

/** One element of an expression's result. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export interface TemplateData {
  readonly labels: Labels
  readonly value: number
  readonly atMs: UnixMs
  readonly externalUrl: string
  /** Of the installation as a whole; none by default. */
  readonly externalLabels?: Labels | undefined
  /** The instant query of `{{ query "…" }}`, at the instant of the evaluation. */
  query(text: string): Promise<readonly Sample[]>
}

/** Different queries one expansion may ask, and samples it gets of each. */
const MAX_QUERIES = 16
const MAX_SAMPLES = 1000

/** The template wants the answer of a query that was not asked yet. */
class Wanted {
  readonly query: string

  constructor(query: string) {
    this.query = query
  }
}

/** Never throws: what goes wrong stands in the text as `<error expanding template: …>`. */
export async function expand(template: Template, data: TemplateData): Promise<string> {
  const answers = new Map<string, readonly GoValue[]>()
  const run = runOf(data, (text) => {
    const answer = answers.get(text)
    if (answer) return answer
    throw new Wanted(text)
  })
  // Templates run at one go: one that meets a new query starts over when its answer is there.
  for (;;) {
    try {
      return execute(template, run)
    } catch (error) {
      if (!(error instanceof Wanted)) return failed(template, error)
      if (answers.size >= MAX_QUERIES) return failed(template, `more than ${MAX_QUERIES} queries`)
      try {
        const samples = await data.query(error.query)
        answers.set(error.query, samples.slice(0, MAX_SAMPLES).map(structOf))
      } catch (cause) {
        return failed(template, `error calling query: ${messageOf(cause)}`)
      }
    }
  }
}

function structOf({ labels, value }: Sample): GoValue {
  return new GoStruct('sample', { Labels: GoMap.ofLabels(labels), Value: value })
}

function runOf(data: TemplateData, query: (text: string) => readonly GoValue[]) {
  const { atMs, externalUrl, value } = data
  const labels = GoMap.ofLabels(data.labels)
  const externalLabels = GoMap.ofLabels(data.externalLabels ?? {})
  const dot = new GoStruct('template data', {
    Labels: labels,
    ExternalLabels: externalLabels,
    ExternalURL: externalUrl,
    Value: value,
  })
  const variables = {
    $labels: labels,
    $externalLabels: externalLabels,
    $externalURL: externalUrl,
    $value: value,
  }
  return { variables, dot, atMs, externalUrl, query }
}

function failed(template: Template, error: unknown): string {
  if (error instanceof TemplateFault) {
    return `<error expanding template: ${placeOf(template.text, error.offset)}: ${error.message}>`
  }
  return `<error expanding template: ${messageOf(error)}>`
}

/** `line:column` of an offset, from 1. */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n')
  return `${before.length}:${(before.at(-1) ?? '').length + 1}`
}
