/** The nouns of unit tests of rules: what promtool's test files are parsed into. */
import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'

/** Counted from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

export interface UnitTestFile {
  readonly file: string
  /** Paths as written; `*`, `?` and `[…]` are patterns. */
  readonly ruleFiles: readonly { readonly path: string; readonly place: Place }[]
  readonly evaluationIntervalMs: number
  /** Names of groups: those are evaluated in this order. */
  readonly groupOrder: readonly string[]
  /** Numbers next to each other are equal. */
  readonly fuzzyCompare: boolean
  readonly tests: readonly UnitTest[]
}

/** Times but `startMs` count from it. */
export interface UnitTest {
  /** '' for none. */
  readonly name: string
  readonly place: Place
  readonly startMs: UnixMs
  /** Between the values of an input series. */
  readonly intervalMs: number
  readonly inputSeries: readonly InputSeries[]
  readonly alertTests: readonly AlertTest[]
  readonly expressionTests: readonly ExpressionTest[]
  readonly externalLabels: Labels
  readonly externalUrl: string
}

/** In the notation of PromQL's tests. */
export interface InputSeries {
  readonly place: Place
  readonly series: string
  readonly values: string
}

/** The alerts of a name that fire at a time. */
export interface AlertTest {
  readonly place: Place
  readonly atMs: number
  readonly alertname: string
  readonly expected: readonly FiringAlert[]
}

export interface FiringAlert {
  readonly labels: Labels
  readonly annotations: Labels
}

export interface ExpressionTest {
  readonly place: Place
  readonly atMs: number
  readonly expr: string
  readonly expected: readonly ExpectedSample[]
}

export interface ExpectedSample {
  /** As written: `name{label="value"}`. */
  readonly labels: string
  readonly value: number
  /** Of a native histogram; '' for a number. */
  readonly histogram: string
}
