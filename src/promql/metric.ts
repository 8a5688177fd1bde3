import type { Labels } from '../model/labels.ts'

/** Labels that say what a metric is, and go where its name goes. */
export const METADATA: ReadonlySet<string> = new Set(['__name__', '__type__', '__unit__'])
/** Parts the texts of a key; a noncharacter, so not part of them. */
const SEPARATOR = '\uffff'

interface Standing {
  readonly hidden?: boolean
  readonly doomed?: boolean
  readonly names?: readonly string[]
  readonly stays?: boolean
}

/** Parts of one metric that are kept: rules ask for few. */
const MOST_PARTS = 4

/** The labels of a series under way, with the keys they are grouped by computed once. */
export class Metric {
  static readonly EMPTY = new Metric({})

  readonly #raw: Labels
  readonly #hidden: boolean
  /** The name goes at the very end (with delayed name removal). */
  readonly doomed: boolean
  #labels: Labels | undefined
  #names: readonly string[] | undefined
  #key: string | undefined
  #nameless: Metric | undefined
  /** Of a series that comes again: what was made of it is kept. */
  readonly #stays: boolean
  #parts: Map<readonly string[], Metric> | undefined

  /** `names`: those of the labels, sorted, where that is known. */
  constructor(
    labels: Labels,
    { hidden = false, doomed = false, names, stays = false }: Standing = {},
  ) {
    this.#raw = labels
    this.#stays = stays
    this.#names = names
    this.#hidden = hidden
    this.doomed = doomed
  }

  /** Without empty values when the source kept to its contract. */
  get labels(): Labels {
    if (!this.#hidden) return this.#raw
    this.#labels ??= pick(this.#raw, this.names)
    return this.#labels
  }

  /** Sorted. */
  get names(): readonly string[] {
    this.#names ??= Object.keys(this.#raw)
      .filter((name) => !(this.#hidden && METADATA.has(name)) && this.#raw[name] !== '')
      .sort()
    return this.#names
  }

  get(name: string): string {
    return this.#hidden && METADATA.has(name) ? '' : (this.#raw[name] ?? '')
  }

  /** The same for the same labels. */
  key(): string {
    this.#key ??= this.keyWithout(NONE)
    return this.#key
  }

  keyWithout(excluded: ReadonlySet<string>): string {
    // A key of its own is only for those that have such a label.
    if (excluded.size > 0 && !this.names.some((name) => excluded.has(name))) return this.key()
    let key = ''
    for (const name of this.names) {
      if (!excluded.has(name)) key += name + SEPARATOR + this.#raw[name] + SEPARATOR
    }
    return key
  }

  /** Without the name (and `__type__` and `__unit__`). */
  nameless(): Metric {
    if (this.#hidden || (!this.doomed && !hasMetadata(this.#raw))) return this
    this.#nameless ??= new Metric(this.#raw, { hidden: true, stays: this.#stays })
    return this.#nameless
  }

  /** The name is to go at the end. */
  doom(): Metric {
    return this.doomed ? this : new Metric(this.labels, { doomed: true })
  }

  spare(): Metric {
    return this.doomed ? new Metric(this.labels) : this
  }

  /** `names`: as `namesOf` gives them. */
  keep(names: readonly string[]): Metric {
    const known = this.#parts?.get(names)
    if (known) return known
    const isThere = (name: string) => this.get(name) !== ''
    const part = this.#part(names.every(isThere) ? names : names.filter(isThere))
    if (this.#stays) {
      this.#parts ??= new Map()
      if (this.#parts.size < MOST_PARTS) this.#parts.set(names, part)
    }
    return part
  }

  without(excluded: ReadonlySet<string>): Metric {
    return this.#part(this.names.filter((name) => !excluded.has(name)))
  }

  #part(names: readonly string[]): Metric {
    // Without labels to leave out it stays, and with it its keys.
    if (names.length === this.#names?.length && !this.#hidden && !this.doomed) return this
    return new Metric(pick(this.#raw, names), { names, stays: this.#stays })
  }

  /** With a label set, or removed by ''. */
  with(name: string, value: string): Metric {
    const { [name]: _, ...rest } = this.labels
    return new Metric(value === '' ? rest : { ...rest, [name]: value }, { doomed: this.doomed })
  }

  /** `{__name__="a", b="c"}`, as in Prometheus' messages. */
  toString(): string {
    return `{${this.names.map((name) => `${quoteName(name)}=${JSON.stringify(this.get(name))}`).join(', ')}}`
  }
}

function hasMetadata({ __name__, __type__, __unit__ }: Labels): boolean {
  return __name__ !== undefined || __type__ !== undefined || __unit__ !== undefined
}

const NONE: ReadonlySet<string> = new Set()

const METRICS = new WeakMap<Labels, Metric>()

/** The metric of a series; of a source that gives the same labels object each time, with its keys known. */
export function metricOf(labels: Labels): Metric {
  const known = METRICS.get(labels)
  if (known) return known
  const metric = new Metric(labels, { stays: true })
  METRICS.set(labels, metric)
  return metric
}

const NAMES = new Map<string, readonly string[]>()
/** Lists of names that are kept: expressions have few. */
const MOST_NAMES = 1000

/** Names of labels sorted, each once; of the same ones the same array each time. */
export function namesOf(names: readonly string[]): readonly string[] {
  const sorted = [...new Set(names)].sort()
  const key = sorted.join(SEPARATOR)
  const known = NAMES.get(key)
  if (known) return known
  if (NAMES.size >= MOST_NAMES) NAMES.clear()
  NAMES.set(key, sorted)
  return sorted
}

function pick(labels: Labels, names: readonly string[]): Labels {
  const picked: Record<string, string> = {}
  for (const name of names) picked[name] = labels[name] ?? ''
  return picked
}

function quoteName(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name)
}

/** Prometheus' order of label sets: name by name, value by value, the shorter first. */
export function compareMetrics(a: Metric, b: Metric): number {
  for (let i = 0; i < a.names.length && i < b.names.length; i++) {
    const [nameA = '', nameB = ''] = [a.names[i], b.names[i]]
    if (nameA !== nameB) return nameA < nameB ? -1 : 1
    const [valueA, valueB] = [a.get(nameA), b.get(nameB)]
    if (valueA !== valueB) return valueA < valueB ? -1 : 1
  }
  return a.names.length - b.names.length
}
