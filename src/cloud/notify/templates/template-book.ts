/** Templates that people made: checked, kept in memory, used; and never the loss of an alarm. */
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

interface Entry {
  readonly compiled: CompiledParts
  readonly template: StoredTemplate
  /** It took too much: not tried again until it is saved. */
  readonly rests?: TemplateFailure
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
      if (entry.rests) throw entry.rests
      return saidBy(entry.compiled, notice, surroundings)
    } catch (error) {
      this.#failed(key, entry, error)
    }
    return {}
  }

  #take(template: StoredTemplate): void {
    const compiled = compiledParts(template.kind, template.parts)
    this.#entries.set(keyOf(template), { template, compiled })
  }

  /** Logged once until it is saved again; shown at the template. */
  #failed(key: string, entry: Entry, error: unknown): void {
    this.#failures++
    const { store, clock, log } = this.#options
    const { template } = entry
    const { environment, kind, language } = template
    const why = messageOf(error).slice(0, 500)
    const count = (template.failed?.count ?? 0) + 1
    const failed = { at: Math.floor(clock.now()), why, count }
    const isTooMuch = error instanceof TemplateFailure && error.reason === 'too-much'
    const rests = isTooMuch && { rests: error }
    this.#entries.set(key, { ...entry, template: { ...template, failed }, ...rests })
    if (template.failed) return
    log.error({ environment, kind, language, why }, 'template failed: message as by default')
    store
      .templateFailed({ environment, kind, language }, failed)
      .catch((broken: unknown) => log.error(broken, 'failure of a template not saved'))
  }
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
