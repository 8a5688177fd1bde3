/** What of a request is not taken, and how the sender is told. */
import type { Label } from './label.ts'
import type { Refused, SinkRefusal } from './ports.ts'

/** Of samples. */
export type SampleRefusal = SinkRefusal | 'invalid-labels' | 'native-histogram'

/** Longest text of one refusal: senders log the first line, cut at about 1 kB. */
const MAX_FIRST_LENGTH = 400

export class Refusals {
  readonly #byReason = new Map<SampleRefusal, { count: number; first: string }>()

  /** `first` is asked for the first of each reason. */
  add(reason: SampleRefusal, count: number, first: () => string): void {
    if (count === 0) return
    const known = this.#byReason.get(reason)
    if (known) known.count += count
    else this.#byReason.set(reason, { count, first: first().slice(0, MAX_FIRST_LENGTH) })
  }

  addAll(refused: readonly Refused<SinkRefusal>[]): void {
    for (const { reason, count, first } of refused) this.add(reason, count, () => first)
  }

  get all(): Refused<SampleRefusal>[] {
    return Array.from(this.#byReason, ([reason, { count, first }]) => ({ reason, count, first }))
  }

  get count(): number {
    return this.all.reduce((sum, { count }) => sum + count, 0)
  }

  /** One line: how many, why, and the first. */
  text(written: number): string {
    const [first] = this.all
    const reasons = this.all.map(({ reason, count }) => `${reason} ${count}`).join(', ')
    return `${this.count} samples are not taken (${reasons}), ${written} are; the first: ${first?.first}\n`
  }
}

/** Of what may be no labels. One line. */
export function seriesName(labels: readonly Label[]): string {
  const pairs = labels.map(({ name, value }) => `${name}=${JSON.stringify(value)}`)
  const text = `{${pairs.join(', ')}}`.replaceAll('\n', ' ')
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
