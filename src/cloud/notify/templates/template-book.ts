/** Templates that people made: checked, kept in memory, used; and never the loss of an alarm. */
import type { UnixMs } from '../../../model/time.ts'
import type { Clock } from '../../../support/clock.ts'
import { messageOf } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import type { Said, Surroundings } from '../channels/channel.ts'
import { renderFor } from '../channels/registry.ts'
import type { Notice } from '../notice.ts'
import type { ChannelKind, Language, Message } from '../ports.ts'
import { TemplateFailure } from './engine.ts'
import { type CompiledParts, compiledParts, faultsOf, type PartFault, saidBy } from './saying.ts'
import type { StoredTemplate, Template, TemplateKind, TemplateStore } from './template.ts'

/** One that takes too much would slow down all messages. */
const REST_MS = 10 * 60_000

interface Entry {
  readonly compiled: CompiledParts
  readonly template: StoredTemplate
  /** It took too much: not tried again for a while, or until it is saved. */
  readonly rests?: { readonly until: UnixMs; readonly why: TemplateFailure }
}

export interface TemplateBookOptions {
  readonly store: TemplateStore
  readonly clock: Clock
  readonly log: Log
  /** How people reach the console, without a slash at the end: links in previews. */
  readonly publicUrl?: string
}

/** A message as it would be; `faults`: the parts that are as by default because they fail. */
export type Preview = Message & { readonly faults: PartFault[] }

export class TemplateBook {
  readonly #options: TemplateBookOptions
  readonly #entries = new Map<string, Entry>()
  #failures = 0

  constructor(options: TemplateBookOptions) {
    this.#options = options
  }

  /** Messages that went out as by default because their template failed. */
  get failures(): number {
    return this.#failures
  }

  /** All that is in the store. One that cannot be used any more counts as failed when it is needed. */
  async load(): Promise<void> {
    for (const template of await this.#options.store.templates()) this.#take(template)
  }

  templates(environment: string): readonly StoredTemplate[] {
    const all = [...this.#entries.values()].map(({ template }) => template)
    return all.filter((template) => template.environment === environment)
  }

  /** @throws {RangeError} it has faults: ask `faultsOf` before. */
  async save(template: Template): Promise<void> {
    const [fault] = faultsOf(template.kind, template.parts)
    if (fault) throw new RangeError(`template ${fault.part}: ${fault.why}`)
    await this.#options.store.saveTemplate(template)
    this.#take(template)
  }

  /** From now on as by default; whether there was one. */
  async remove(environment: string, kind: TemplateKind, language: Language): Promise<boolean> {
    const removed = await this.#options.store.removeTemplate(environment, kind, language)
    this.#entries.delete(keyOf({ environment, kind, language }))
    return removed
  }

  forget(environment: string): void {
    for (const [key, { template }] of this.#entries) {
      if (template.environment === environment) this.#entries.delete(key)
    }
  }

  /** The message about `notice` by `template`, which need not be saved. Never throws. */
  preview({ kind, parts }: Template, notice: Notice): Preview {
    const { publicUrl } = this.#options
    const surroundings = publicUrl === undefined ? {} : { publicUrl }
    const faults: PartFault[] = faultsOf(kind, parts)
    let said: Said = {}
    for (const [part, one] of compiledParts(kind, parts)) {
      if (faults.some((fault) => fault.part === part)) continue
      try {
        said = { ...said, ...saidBy(new Map([[part, one]]), notice, surroundings) }
      } catch (error) {
        faults.push({ part, why: messageOf(error) })
      }
    }
    return { ...renderFor(kind)(notice, surroundings, said), faults }
  }

  /** What the template says of `notice`; nothing where there is none, or it fails. Never throws. */
  said(channel: ChannelKind, notice: Notice, surroundings: Surroundings): Said {
    const { language } = notice.contact
    const environment = notice.environment.id
    const key = keyOf({ environment, kind: channel, language })
    const entry = this.#entries.get(key)
    if (!entry) return {}
    try {
      const { rests } = entry
      if (rests && this.#options.clock.now() < rests.until) throw rests.why
      return saidTwice(entry.compiled, notice, surroundings)
    } catch (error) {
      this.#failed(key, entry, error)
    }
    return {}
  }

  #take(template: StoredTemplate): void {
    const compiled = compiledParts(template.kind, template.parts)
    this.#entries.set(keyOf(template), { template, compiled })
  }

  /** Logged once until it is saved again; kept, to be shown at the template. */
  #failed(key: string, entry: Entry, error: unknown): void {
    this.#failures++
    const { store, clock, log } = this.#options
    const { template } = entry
    const { environment, kind, language } = template
    const why = messageOf(error).slice(0, 500)
    const count = (template.failed?.count ?? 0) + 1
    const failed = { at: Math.floor(clock.now()), why, count }
    const isNew = isTooMuch(error) && error !== entry.rests?.why
    const rests = isNew && { rests: { until: clock.now() + REST_MS, why: error } }
    this.#entries.set(key, { ...entry, template: { ...template, failed }, ...rests })
    if (count === 1) {
      log.error({ environment, kind, language, why }, 'template failed: message as by default')
    }
    // The 1st, 2nd, 4th, 8th … time: whoever looks sees about how often, and a crowd costs little.
    if ((count & (count - 1)) !== 0) return
    store
      .templateFailed({ environment, kind, language }, failed)
      .catch((broken: unknown) => log.error(broken, 'failure of a template not saved'))
  }
}

/** Of a machine that was busy elsewhere the limit of time is no proof: once more. */
function saidTwice(compiled: CompiledParts, notice: Notice, surroundings: Surroundings): Said {
  try {
    return saidBy(compiled, notice, surroundings)
  } catch (error) {
    if (!isTooMuch(error)) throw error
    return saidBy(compiled, notice, surroundings)
  }
}

function isTooMuch(error: unknown): error is TemplateFailure {
  return error instanceof TemplateFailure && error.reason === 'too-much'
}

function keyOf({
  environment,
  kind,
  language,
}: {
  environment: string
  kind: string
  language: Language
}) {
  return `${environment} ${kind} ${language}`
}
