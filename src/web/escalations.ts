/** Steps of an escalation as a form has them: whom as one list of `kind:id`. */

export const UNLESS = ['acknowledged', 'delivered'] as const
const KINDS = ['contacts', 'groups', 'rotas', 'receivers'] as const
type Kind = (typeof KINDS)[number]

export interface EscalationStep {
  readonly afterMinutes: number
  readonly unless: (typeof UNLESS)[number]
  readonly contacts: readonly string[]
  readonly groups: readonly string[]
  readonly rotas: readonly string[]
  readonly receivers: readonly string[]
}

export interface StepFields {
  afterMinutes: string
  unless: EscalationStep['unless']
  /** `contacts:id`. */
  whom: string[]
}

export type People = {
  readonly [kind in Kind]?: readonly { readonly id: string; readonly name: string }[]
}

export function stepFields(steps: readonly EscalationStep[]): StepFields[] {
  return steps.map((step) => ({
    ...{ afterMinutes: String(step.afterMinutes), unless: step.unless },
    whom: KINDS.flatMap((kind) => step[kind].map((id) => `${kind}:${id}`)),
  }))
}

/** What is no number the cloud refuses. */
export function stepsOf(fields: readonly StepFields[]): EscalationStep[] {
  return fields.map(({ afterMinutes, unless, whom }) => {
    const chosen = (kind: Kind) =>
      whom.filter((one) => one.startsWith(`${kind}:`)).map((one) => one.slice(kind.length + 1))
    return {
      ...{ afterMinutes: afterMinutes.trim() === '' ? 0 : Number(afterMinutes), unless },
      ...{ contacts: chosen('contacts'), groups: chosen('groups') },
      ...{ rotas: chosen('rotas'), receivers: chosen('receivers') },
    }
  })
}

/** Each half an hour after the one before. */
export function oneMore(fields: readonly StepFields[]): StepFields {
  const last = Number(fields.at(-1)?.afterMinutes ?? 0)
  const minutes = Number.isFinite(last) && last > 0 ? last + 30 : 15
  return { afterMinutes: String(minutes), unless: 'acknowledged', whom: [] }
}

/** All who may be told. */
export function choices(people: People): { value: string; kind: Kind; name: string }[] {
  return KINDS.flatMap((kind) =>
    (people[kind] ?? []).map(({ id, name }) => ({ value: `${kind}:${id}`, kind, name })),
  )
}

/** The field of a step that the API means by a path such as `escalation/1/contacts/0`. */
export function stepField(path: string): { readonly at: number; readonly field: string } {
  const [, at, field = ''] = path.split('/')
  return { at: Number(at), field: KINDS.some((kind) => kind === field) ? 'whom' : field }
}
