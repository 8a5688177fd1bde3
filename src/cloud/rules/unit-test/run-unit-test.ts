/** Runs one unit test of rules. Source: prometheus `cmd/promtool/unittest.go`, `testGroup.test`. */
import type { UnixMs } from '../../../model/time.ts'
import { type NotedSeries, PromqlError, parseSeries } from '../../../promql/index.ts'
import { evaluateGroup } from '../evaluate.ts'
import type { RuleResult } from '../ports.ts'
import type { RuleGroup } from '../rule.ts'
import { RuleWriter } from '../rule-writer.ts'
import { WrittenSeries } from '../written-series.ts'
import { AlertBook, type AlertPhase, type StepOf } from './alert-book.ts'
import { checkAlerts, checkExpression } from './check.ts'
import type { Finding } from './finding.ts'
import { TestSeries } from './test-series.ts'
import type { UnitTest, UnitTestFile } from './unit-test.ts'

/** Most instants of one test at which rules are evaluated. */
const MAX_EVALUATIONS = 1_000_000

export interface Suite<Phase extends AlertPhase> {
  readonly file: Pick<UnitTestFile, 'evaluationIntervalMs' | 'fuzzyCompare'>
  /** In the order of evaluation. */
  readonly groups: readonly RuleGroup[]
  readonly step: StepOf<Phase>
}

/** What is not as expected: nothing when the test passes. */
export async function runUnitTest<Phase extends AlertPhase>(
  test: UnitTest,
  suite: Suite<Phase>,
): Promise<readonly Finding[]> {
  const { series, findings } = readInput(test)
  if (findings.some(({ kind }) => kind === 'broken')) return findings
  const { file } = suite
  const steps = { ...test, subqueryStepMs: file.evaluationIntervalMs }
  const run = new Run(test, suite, new TestSeries(series, steps))
  findings.push(...(await run.alerts()))
  if (run.broken) return findings
  for (const each of test.expressionTests) {
    const { fuzzyCompare } = file
    findings.push(...(await checkExpression(each, run.series, { ...test, fuzzyCompare })))
  }
  return findings
}

function readInput({ inputSeries }: UnitTest) {
  const findings: Finding[] = []
  const series: NotedSeries[] = []
  for (const { series: name, values, place } of inputSeries) {
    const subject = `${name} ${values}`
    try {
      const noted = parseSeries(subject)
      series.push(noted)
      if (noted.outside) {
        findings.push({ kind: 'unsupported', place, subject: name, message: noted.outside })
      }
    } catch (error) {
      if (!(error instanceof PromqlError)) throw error
      findings.push({ kind: 'broken', what: 'series', place, subject, message: error.message })
    }
  }
  return { series, findings }
}

class Run<Phase extends AlertPhase> {
  readonly series: TestSeries
  /** A rule failed: what comes after it says nothing. */
  broken = false
  readonly #test: UnitTest
  readonly #suite: Suite<Phase>
  readonly #book: AlertBook<Phase>
  readonly #written = new WrittenSeries()

  constructor(test: UnitTest, suite: Suite<Phase>, series: TestSeries) {
    this.#test = test
    this.#suite = suite
    this.series = series
    this.#book = new AlertBook(suite.step)
  }

  /** Evaluates the rules up to the last time that is asked for, and compares alerts meanwhile. */
  async alerts(): Promise<Finding[]> {
    const { startMs, alertTests, expressionTests, place } = this.#test
    const { evaluationIntervalMs } = this.#suite.file
    const tests = alertTests.toSorted((a, b) => a.atMs - b.atMs)
    const lastMs = Math.max(0, ...[...tests, ...expressionTests].map(({ atMs }) => atMs))
    if (lastMs / evaluationIntervalMs > MAX_EVALUATIONS) {
      this.broken = true
      const message = `more than ${MAX_EVALUATIONS} evaluations`
      return [{ kind: 'broken', what: 'test', place, subject: this.#test.name, message }]
    }
    const findings: Finding[] = []
    for (let sinceMs = 0; sinceMs <= lastMs; sinceMs += evaluationIntervalMs) {
      this.series.loadTill(startMs + sinceMs)
      for (const group of this.#suite.groups) {
        findings.push(...(await this.#evaluate(group, startMs + sinceMs)))
      }
      if (this.broken) return findings
      // Asked for between two evaluations: the one before counts.
      while (tests[0] && tests[0].atMs < sinceMs + evaluationIntervalMs) {
        const due = tests.shift()
        if (due) findings.push(...checkAlerts(due, this.#book.firing(due.alertname)))
      }
    }
    return findings
  }

  async #evaluate(group: RuleGroup, at: UnixMs): Promise<Finding[]> {
    const { externalLabels, externalUrl, startMs } = this.#test
    const results = await evaluateGroup(group, {
      at,
      query: this.series,
      writer: this.#writer(group, at),
      externalLabels,
      externalUrl,
    })
    return results.flatMap((result) => {
      const message = faultOf(result)
      if (message === undefined) return []
      this.broken = true
      const { name: subject, line, column } = result.rule
      const place = { line, column }
      const { file } = group
      return [{ kind: 'broken', what: 'rule', file, place, subject, atMs: at - startMs, message }]
    })
  }

  #writer(group: RuleGroup, at: UnixMs): RuleWriter {
    const book = this.#book
    return new RuleWriter({
      environment: '',
      group,
      at: at - group.queryOffsetMs,
      written: this.#written,
      record: async (_, dataAt, samples) => this.series.write(dataAt, samples),
      standing: async (rule) => book.standing(rule),
      standingAfter: async (result) => {
        book.judge(result, at)
        return book.standing(result.rule)
      },
    })
  }
}

function faultOf(result: RuleResult): string | undefined {
  if (result.kind === 'failed') return result.message
  return result.kind === 'alerting' ? result.fault : undefined
}
