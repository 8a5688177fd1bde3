/** What one evaluation of a group writes: the results of recording rules, and `ALERTS` of alerting ones. */
import type { UnixMs } from '../../model/time.ts'
import type { AlertingResult, Record, Sample, Standing } from './ports.ts'
import type { AlertingRule, Rule, RuleGroup, RuleSet } from './rule.ts'
import type { WrittenSeries } from './written-series.ts'

interface WriterOptions {
  readonly environment: string
  readonly group: RuleGroup
  /** Of the samples: the instant less the query offset. */
  readonly at: UnixMs
  readonly record: Record
  readonly written: WrittenSeries
}

export interface RuleWriterOptions extends WriterOptions {
  /** The alerts of a rule as they stand before this evaluation. */
  standing(rule: AlertingRule): Promise<readonly Standing[]>
  /** And as they will after it. */
  standingAfter(result: AlertingResult): Promise<readonly Standing[]>
}

/** Each rule's series can be read by the rules after it. */
export class RuleWriter {
  readonly #options: RuleWriterOptions

  constructor(options: RuleWriterOptions) {
    this.#options = options
  }

  recorded(rule: Rule, samples: readonly Sample[]): Promise<void> {
    return this.#write(rule, samples)
  }

  async judged(result: AlertingResult): Promise<void> {
    const { group, at, written, standing, standingAfter } = this.#options
    const { rule } = result
    // After a start: what this process did not write, but the one before it did.
    if (!written.knows(group, rule)) {
      written.keep(group, rule, alertSeries(await standing(rule)), at)
    }
    await this.#write(rule, alertSeries(await standingAfter(result)))
  }

  /** The ends of what is written by no rule of `rules` any more. */
  async endGone(rules: RuleSet): Promise<void> {
    const { environment, at, record, written } = this.#options
    const ends = written.endsOfGone(rules)
    if (ends.length > 0) await record(environment, at, ends)
    written.forgetGone(rules)
  }

  async #write(rule: Rule, samples: readonly Sample[]): Promise<void> {
    const { environment, group, at, record, written } = this.#options
    const all = written.withEnds(group, rule, samples)
    if (all.length > 0) await record(environment, at, all)
    written.keep(group, rule, samples, at)
  }
}

export interface LateWriterOptions extends WriterOptions {
  /** That of the newest samples of the group: `at` is that, or before. */
  readonly newestAt: UnixMs
}

/** Of an instant that is evaluated again: what is recorded takes the place of what was. */
export class LateWriter {
  readonly #options: LateWriterOptions

  constructor(options: LateWriterOptions) {
    this.#options = options
  }

  async recorded(rule: Rule, samples: readonly Sample[]): Promise<void> {
    const { environment, group, at, record, written, newestAt } = this.#options
    const all = written.withLateEnds(group, rule, samples)
    if (all.length > 0) await record(environment, at, all, true)
    if (at === newestAt) written.keep(group, rule, samples, at)
    else written.keepLate(group, rule, samples, newestAt)
  }

  /** `ALERTS` is what people were told then: it stays. */
  async judged(): Promise<void> {}
}

/** As Prometheus' `rules/alerting.go`, `sample` and `forStateSample`. */
function alertSeries(standings: readonly Standing[]): Sample[] {
  return standings.flatMap(({ labels, state, activeAt }) => [
    { labels: { ...labels, __name__: 'ALERTS', alertstate: state }, value: 1 },
    { labels: { ...labels, __name__: 'ALERTS_FOR_STATE' }, value: Math.floor(activeAt / 1000) },
  ])
}
