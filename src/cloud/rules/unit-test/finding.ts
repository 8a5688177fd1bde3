import type { Place } from './unit-test.ts'

/** Something in a unit test that is not as expected. Times count from the test's start. */
export type Finding = Difference | Broken | Unsupported

/** Lines of text to be compared; none where there is nothing. */
export interface Difference {
  readonly kind: 'alerts' | 'samples'
  readonly place: Place
  /** Name of the alert, or the expression. */
  readonly subject: string
  readonly atMs: number
  readonly expected: readonly string[]
  readonly got: readonly string[]
}

/** It cannot be evaluated. */
export interface Broken {
  readonly kind: 'broken'
  readonly what: 'test' | 'series' | 'rule' | 'expression'
  /** Where it is not the file of the test. */
  readonly file?: string
  readonly place: Place
  readonly subject: string
  readonly atMs?: number
  readonly message: string
}

/** promtool has it, we do not. */
export interface Unsupported {
  readonly kind: 'unsupported'
  readonly place: Place
  readonly subject: string
  readonly message: string
}
