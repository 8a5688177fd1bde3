import { globSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { messageOf } from '../../../support/failure.ts'
import type { GoRegexp } from '../../../support/go-regexp.ts'
import type { RuleFault } from '../fault.ts'
import { readRuleFile } from '../load.ts'
import type { RuleGroup } from '../rule.ts'
import type { AlertPhase, StepOf } from './alert-book.ts'
import type { Finding } from './finding.ts'
import { parseUnitTestFile } from './parse-unit-test.ts'
import { runUnitTest } from './run-unit-test.ts'
import type { UnitTest, UnitTestFile } from './unit-test.ts'

export interface FileOutcome {
  /** With any the tests were not run. */
  readonly faults: readonly RuleFault[]
  /** Paths of rule files that lead to none. */
  readonly noRules: readonly RuleFault[]
  readonly tests: readonly TestOutcome[]
}

export interface TestOutcome {
  readonly test: UnitTest
  /** In its file, from 1. */
  readonly number: number
  readonly findings: readonly Finding[]
}

export interface FileOptions<Phase extends AlertPhase> {
  /** Only tests with a name in which it is found. */
  readonly run?: GoRegexp | undefined
  readonly step: StepOf<Phase>
}

/** Runs the tests of a file, each with series of its own. */
export async function runUnitTestFile<Phase extends AlertPhase>(
  file: string,
  { run, step }: FileOptions<Phase>,
): Promise<FileOutcome> {
  const failed = (faults: readonly RuleFault[]) => ({ faults, noRules: [], tests: [] })
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    return failed([{ file, line: 0, column: 0, message: messageOf(error) }])
  }
  const { unitTests, faults } = parseUnitTestFile(file, text)
  if (faults.length > 0) return failed(faults)
  const rules = await readRules(unitTests)
  if (rules.faults.length > 0) return failed(rules.faults)
  const groups = inOrder(rules.groups, unitTests.groupOrder)
  const tests: TestOutcome[] = []
  for (const [index, test] of unitTests.tests.entries()) {
    if (run && !run.test(test.name)) continue
    const findings = await runUnitTest(test, { file: unitTests, groups, step })
    tests.push({ test, number: index + 1, findings })
  }
  return { faults: [], noRules: rules.missing, tests }
}

async function readRules({ file, ruleFiles }: UnitTestFile) {
  const paths = new Set<string>()
  const missing: RuleFault[] = []
  for (const { path, place } of ruleFiles) {
    const found = globSync(isAbsolute(path) ? path : join(dirname(file), path)).sort()
    if (found.length === 0) missing.push({ file, ...place, message: path })
    for (const each of found) paths.add(each)
  }
  const parsed = await Promise.all([...paths].map(readRuleFile))
  return {
    missing,
    faults: parsed.flatMap(({ faults }) => faults),
    // Here files in two folders may have one name.
    groups: parsed.flatMap(({ groups }) =>
      groups.map((group) => ({ ...group, key: `${group.file};${group.name}` })),
    ),
  }
}

/** As promtool: groups that the order does not name come with its first. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const place = ({ name }: RuleGroup) => Math.max(0, order.indexOf(name))
  return groups.toSorted((a, b) => place(a) - place(b))
}
