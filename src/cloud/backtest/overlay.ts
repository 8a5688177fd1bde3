/** What the rules write in a backtest, in front of what is stored: that may be of other rules, or of these as they were. */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { MemorySource, type SeriesData, type Source } from '../../promql/index.ts'
import { ALERT_SERIES } from '../rules/feeds-of.ts'
import type { Sample } from '../rules/ports.ts'
import { BacktestFailure } from './failure.ts'

/** Series that rules of one name write. */
export interface WrittenName {
  readonly kind: 'recording' | 'alerting'
  readonly name: string
  /** So long before an instant they are read. */
  readonly keptMs: number
  /** Their samples are of so long before the instants at which they are written. */
  readonly offsetMs: number
}

export class Overlay implements Source {
  readonly #stored: Source
  readonly #maxSamples: number
  readonly #recorded: Names
  readonly #alerts: Names
  /** By `keptMs` and `offsetMs`. */
  readonly #kept = new Map<string, Kept>()

  /** Names may repeat. */
  constructor(stored: Source, names: readonly WrittenName[], maxSamples: number) {
    this.#stored = stored
    this.#maxSamples = maxSamples
    this.#recorded = together(names.filter(({ kind }) => kind === 'recording'))
    this.#alerts = together(names.filter(({ kind }) => kind === 'alerting'))
  }

  /** How many samples are held. */
  get samples(): number {
    return [...this.#kept.values()].reduce((sum, { count }) => sum + count, 0)
  }

  /** Samples of one rule. */
  write(at: UnixMs, samples: readonly Sample[]): void {
    const [first] = samples
    if (!first) return
    const kept = this.#keptOf(this.#nameOf(first.labels) ?? { keptMs: 0, offsetMs: 0 })
    for (const { labels, value } of samples) kept.append(labels, at, value)
  }

  /** Throws `BacktestFailure` `too-large`: to be asked after each rule that writes. */
  checkSize(): void {
    if (this.samples <= this.#maxSamples) return
    const most = this.#maxSamples.toLocaleString('en')
    throw new BacktestFailure(
      'too-large',
      `rules record more than ${most} samples that other rules look back at: ` +
        'try fewer series, or a shorter look-back',
    )
  }

  /** The next instant is `at`, or later. */
  forgetBefore(at: UnixMs): void {
    for (const kept of this.#kept.values()) kept.forgetBefore(at - kept.of.keptMs)
  }

  select(...range: Parameters<Source['select']>): Promise<readonly SeriesData[]> {
    return this.#select(Infinity, ...range)
  }

  /** What was there at the instant `at`: rules may have written further ahead. */
  asOf(at: UnixMs): Source {
    return { select: (...range) => this.#select(at, ...range) }
  }

  async #select(at: UnixMs, ...question: Parameters<Source['select']>) {
    const stored = await this.#stored.select(...question)
    const found = stored.filter(({ labels }) => !this.#nameOf(labels))
    const [matchers, startMs, endMs] = question
    for (const { source, of } of this.#kept.values()) {
      const untilMs = Math.min(at - of.offsetMs, endMs)
      for (const series of source.select(matchers, startMs, untilMs)) found.push(series)
    }
    return found
  }

  #keptOf(of: KeptOf): Kept {
    const key = `${of.keptMs} ${of.offsetMs}`
    const kept = this.#kept.get(key) ?? new Kept(of)
    this.#kept.set(key, kept)
    return kept
  }

  #nameOf({ __name__ = '', alertname = '' }: Labels): WrittenName | undefined {
    return ALERT_SERIES.includes(__name__)
      ? this.#alerts.get(alertname)
      : this.#recorded.get(__name__)
  }
}

type Names = ReadonlyMap<string, WrittenName>

function together(all: readonly WrittenName[]): Names {
  const names = new Map<string, WrittenName>()
  for (const each of all) {
    const { keptMs, offsetMs } = names.get(each.name) ?? each
    const most = { keptMs: Math.max(keptMs, each.keptMs) }
    names.set(each.name, { ...each, ...most, offsetMs: Math.min(offsetMs, each.offsetMs) })
  }
  return names
}

type KeptOf = Pick<WrittenName, 'keptMs' | 'offsetMs'>

class Kept {
  readonly of: KeptOf
  readonly source = new MemorySource()
  count = 0
  readonly #counts = new Map<UnixMs, number>()

  constructor(of: KeptOf) {
    this.of = of
  }

  append(labels: Labels, at: UnixMs, value: number): void {
    if (this.source.append(labels, at, value)) return
    this.count++
    this.#counts.set(at, (this.#counts.get(at) ?? 0) + 1)
  }

  forgetBefore(ms: UnixMs): void {
    this.source.forgetBefore(ms)
    for (const [at, count] of this.#counts) {
      if (at >= ms) continue
      this.#counts.delete(at)
      this.count -= count
    }
  }
}
