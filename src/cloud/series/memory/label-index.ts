import type { Labels } from '../../../model/labels.ts'
import { firstFrom } from '../block/block-matcher.ts'
import type { LabelMatcher } from '../block/label-matcher.ts'
import { KeptAnswers } from './kept-answers.ts'

/** Finds things by their labels: name → value → things. */
export class LabelIndex<Thing extends { readonly labels: Labels }> {
  readonly #all = new Set<Thing>()
  readonly #postings = new Map<string, Map<string, Set<Thing>>>()
  /** The values of a name, sorted, as long as no new one has come. */
  readonly #sorted = new Map<string, readonly string[]>()
  readonly #kept = new KeptAnswers<readonly LabelMatcher[], Thing>()

  add(thing: Thing, labels: Labels): void {
    this.#kept.forget()
    this.#all.add(thing)
    for (const [name, value] of Object.entries(labels)) {
      const values = entry(this.#postings, name, () => new Map<string, Set<Thing>>())
      const known = values.get(value)
      if (known) known.add(thing)
      else {
        values.set(value, new Set([thing]))
        this.#sorted.delete(name)
      }
    }
  }

  remove(thing: Thing, labels: Labels): void {
    this.#kept.forget()
    this.#all.delete(thing)
    for (const [name, value] of Object.entries(labels)) {
      const values = this.#postings.get(name)
      const things = values?.get(value)
      things?.delete(thing)
      if (things?.size === 0) values?.delete(value)
      if (values?.size === 0) this.#postings.delete(name)
    }
  }

  names(): Iterable<string> {
    return this.#postings.keys()
  }

  values(name: string): Iterable<string> {
    return this.#postings.get(name)?.keys() ?? []
  }

  /** What satisfies all matchers, in a stable order. */
  find(matchers: readonly LabelMatcher[]): readonly Thing[] {
    return this.#kept.of(matchers, () => this.#find(matchers))
  }

  #find(matchers: readonly LabelMatcher[]): Thing[] {
    const narrowed = matchers
      .filter(({ matches }) => !matches(''))
      .map((matcher) => ({ matcher, sets: this.#setsOf(matcher) }))
      .sort((a, b) => sizeOf(a.sets) - sizeOf(b.sets))
    const [first] = narrowed
    if (!first) return filter(this.#all, matchers)
    const rest = matchers.filter((matcher) => matcher !== first.matcher)
    return first.sets.flatMap((things) => filter(things, rest))
  }

  #setsOf({ name, only, matches, prefixes }: LabelMatcher): ReadonlySet<Thing>[] {
    const values = this.#postings.get(name)
    if (!values) return []
    if (only !== undefined) return [values.get(only) ?? new Set()]
    if (!prefixes)
      return [...values].filter(([value]) => matches(value)).map(([, things]) => things)
    const found = new Set<ReadonlySet<Thing>>()
    for (const value of this.#beginningWith(name, prefixes)) {
      const things = matches(value) ? values.get(value) : undefined
      if (things) found.add(things)
    }
    return [...found]
  }

  /** Values that are gone may be among them. */
  *#beginningWith(name: string, prefixes: readonly string[]): Generator<string> {
    const sorted = this.#sorted.get(name) ?? [...this.values(name)].sort()
    this.#sorted.set(name, sorted)
    for (const prefix of prefixes) {
      for (let at = firstFrom(sorted, prefix); sorted[at]?.startsWith(prefix); at++) {
        yield sorted[at] as string
      }
    }
  }
}

/** A pattern is tried once for each value, not for each thing. */
function filter<Thing extends { readonly labels: Labels }>(
  things: Iterable<Thing>,
  matchers: readonly LabelMatcher[],
): Thing[] {
  if (matchers.length === 0) return [...things]
  const tests = matchers.map(({ name, matches }) => ({
    name,
    known: new Map<string, boolean>(),
    matches,
  }))
  const passes = (thing: Thing) =>
    tests.every(({ name, known, matches }) => {
      const value = thing.labels[name] ?? ''
      return entry(known, value, () => matches(value))
    })
  return [...things].filter(passes)
}

function sizeOf(sets: readonly ReadonlySet<unknown>[]): number {
  return sets.reduce((sum, { size }) => sum + size, 0)
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
