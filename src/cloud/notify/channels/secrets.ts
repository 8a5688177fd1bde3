/** Secrets in the settings of receivers: marked in the schema, never shown again, cut out of what peers say. */
import { z } from 'zod'

/** Part of the JSON schema zod makes of settings. */
interface Shape {
  readonly secret?: boolean
  readonly properties?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly additionalProperties?: Shape | boolean
  readonly anyOf?: readonly Shape[]
}

const DOTS = '••••••'
const MIN_SECRET_CHARS = 8

/** `schema` of a text that is never shown again; the mark is also in the JSON schema. Its last touch: others drop it. */
export function secret<Schema extends z.ZodType<unknown, string>>(schema: Schema): Schema {
  return schema.meta({ secret: true })
}

export function secretText(maxLength: number) {
  // A mask that stands for nothing any more is no secret.
  const unmasked = z.string().regex(/^[^•]*$/, 'enter it again')
  return secret(unmasked.trim().min(1).max(maxLength))
}

/** A secret, or the address on its vendor's page that holds it where `pattern` says: the secret alone. */
export function secretIn(pattern: RegExp) {
  return secretText(300).transform((text, context) => {
    const [, found] = pattern.exec(text) ?? []
    if (found !== undefined || !text.includes('://')) return found ?? text
    // Of another vendor: it would be told what is not for it.
    context.addIssue('not an address of such a robot')
    return z.NEVER
  })
}

/** The secret texts in `settings`, in their order. */
export function secretsIn(schema: z.ZodType, settings: unknown): readonly string[] {
  return collected(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Shape,
    settings,
  )
}

/** `settings` for people: the n-th secret as `••••••n`. */
export function maskedSettings(schema: z.ZodType, settings: unknown): unknown {
  const secrets = secretsIn(schema, settings)
  return mapped(settings, (text) => {
    const index = secrets.indexOf(text)
    return index < 0 ? text : `${DOTS}${index + 1}`
  })
}

/**
 * `edited` with the secrets of `kept` where it still has their masks: what a person changed without seeing them.
 * With another `url` the masks stay, which no schema takes: kept secrets never go to an address somebody else gave.
 */
export function unmaskedSettings(schema: z.ZodType, edited: unknown, kept: unknown): unknown {
  const secrets = secretsIn(schema, kept)
  const whole = mapped(edited, (text) => {
    const index = text.startsWith(DOTS) ? Number(text.slice(DOTS.length)) - 1 : -1
    return secrets[index] ?? text
  })
  return urlOf(whole) === urlOf(kept) ? whole : edited
}

/** Cuts `secrets` out of a text, also as they stand in a URL. Words of less than 8 characters stay: they protect nothing. */
export function scrubber(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter(({ length }) => length >= MIN_SECRET_CHARS)
  const forms = long.flatMap((one) => [one, encodeURIComponent(one)])
  // Longest first: one may be part of another.
  forms.sort((a, b) => b.length - a.length)
  return (text) => forms.reduce((rest, form) => rest.replaceAll(form, '[cut]'), text)
}

function urlOf(settings: unknown): unknown {
  return typeof settings === 'object' && settings && 'url' in settings ? settings.url : undefined
}

function collected(shape: Shape, value: unknown): string[] {
  if (typeof value === 'string') return shape.secret ? [value] : []
  const inner = shape.anyOf?.flatMap((one) => collected(one, value)) ?? []
  if (Array.isArray(value)) {
    return [...inner, ...value.flatMap((item) => collected(shape.items ?? {}, item))]
  }
  if (typeof value !== 'object' || value === null) return inner
  const { properties = {}, additionalProperties } = shape
  const rest = typeof additionalProperties === 'object' ? additionalProperties : {}
  const fields = Object.entries(value)
  return [...inner, ...fields.flatMap(([key, item]) => collected(properties[key] ?? rest, item))]
}

function mapped(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapped(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapped(item, change)]))
}
