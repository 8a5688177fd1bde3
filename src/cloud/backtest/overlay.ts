/** What the rules write in a backtest, in front of what is stored: that may be of other rules, or of these as they were. */
import type { Labels } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import { type Matcher, MemorySource, type SeriesData, type Source } from '../../promql/index.ts'
import { ALERT_SERIES } from '../rules/feeds-of.ts'
import type { Sample } from '../rules/ports.ts'
import type { Rule } from '../rules/rule.ts'

export class Overlay implements Source {
  readonly #stored: Source
  readonly #recorded: ReadonlySet<string>
  readonly #alerts: ReadonlySet<string>
  readonly #written = new MemorySource()

  constructor(stored: Source, rules: readonly Rule[]) {
    const named = (kind: Rule['kind']) => rules.filter((rule) => rule.kind === kind)
    this.#stored = stored
    this.#recorded = new Set(named('recording').map(({ name }) => name))
    this.#alerts = new Set(named('alerting').map(({ name }) => name))
  }

  write(at: UnixMs, samples: readonly Sample[]): void {
    for (const { labels, value } of samples) this.#written.append(labels, at, value)
  }

  /** Forgets samples before `ms`: nobody looks further back. */
  forgetBefore(ms: UnixMs): void {
    this.#written.forgetBefore(ms)
  }

  async select(
    matchers: readonly Matcher[],
    startMs: UnixMs,
    endMs: UnixMs,
  ): Promise<readonly SeriesData[]> {
    const stored = await this.#stored.select(matchers, startMs, endMs)
    const others = stored.filter(({ labels }) => !this.#isOurs(labels))
    return [...others, ...this.#written.select(matchers, startMs, endMs)]
  }

  #isOurs({ __name__ = '', alertname = '' }: Labels): boolean {
    if (ALERT_SERIES.includes(__name__)) return this.#alerts.has(alertname)
    return this.#recorded.has(__name__)
  }
}
