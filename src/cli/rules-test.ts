/** `tars-alarm rules test FILE…`: promtool's unit tests of rules. */
import { step } from '../cloud/alerts/transition.ts'
import { formatFault } from '../cloud/rules/fault.ts'
import type { Finding } from '../cloud/rules/unit-test/finding.ts'
import { type FileOutcome, runUnitTestFile } from '../cloud/rules/unit-test/run-file.ts'
import { formatDurationMs } from '../support/duration.ts'
import { GoRegexp } from '../support/go-regexp.ts'
import { speaksChinese } from './language.ts'
import { lineDifference } from './line-difference.ts'
import { english, type RulesWords } from './rules-words.ts'
import { chinese } from './rules-words-zh.ts'

export interface RulesTestOptions {
  /** Go regular expressions: only tests with a name in which one is found. */
  readonly run?: readonly string[]
}

/** Prints what is not as expected and ends with a line SUCCESS or FAILED. Answers the exit code. */
export async function rulesTest(
  files: readonly string[],
  { run = [] }: RulesTestOptions,
  out: (line: string) => void,
  words: RulesWords = speaksChinese(process.env) ? chinese : english,
): Promise<number> {
  const filter = run.length > 0 ? GoRegexp.compile(run.join('|')) : undefined
  const count = { tests: 0, failed: 0, unusable: 0 }
  for (const file of files) {
    const outcome = await runUnitTestFile(file, { run: filter, step })
    const failed = outcome.tests.filter(({ findings }) => findings.length > 0).length
    count.tests += outcome.tests.length
    count.failed += failed
    if (outcome.faults.length > 0) count.unusable++
    out(`${file}: ${failed + outcome.faults.length > 0 ? 'FAILED' : 'SUCCESS'}`)
    for (const line of linesOf(file, outcome, words)) out(line)
  }
  out('')
  out(summary(count, words))
  return count.failed + count.unusable === 0 ? 0 : 1
}

function summary(
  { tests, failed, unusable }: { tests: number; failed: number; unusable: number },
  words: RulesWords,
): string {
  if (failed + unusable === 0) return `SUCCESS: ${words.passed(tests)}`
  const parts = [
    ...(failed > 0 ? [words.failed(failed, tests)] : []),
    ...(unusable > 0 ? [words.unusable(unusable)] : []),
  ]
  return `FAILED: ${parts.join(', ')}`
}

function linesOf(
  file: string,
  { faults, noRules, tests }: FileOutcome,
  words: RulesWords,
): string[] {
  const warnings = noRules.map((fault) => {
    return `  ${formatFault({ ...fault, message: words.noRules(fault.message) })}`
  })
  const findings = tests.flatMap(({ test, number, findings }) => {
    const name = words.test(test.name, number)
    return findings.flatMap((finding) => findingLines(finding, { file, name }, words))
  })
  return [...warnings, ...faults.map((fault) => `  ${formatFault(fault)}`), ...findings]
}

interface Where {
  readonly file: string
  readonly name: string
}

function findingLines(finding: Finding, { file, name }: Where, words: RulesWords): string[] {
  const tell = (message: string, inFile = file) => {
    return `  ${formatFault({ file: inFile, ...finding.place, message: `${name}: ${message}` })}`
  }
  switch (finding.kind) {
    case 'unsupported':
      return [tell(words.unsupported(finding.message, finding.subject))]
    case 'broken': {
      const { what, subject, message, atMs, file: other } = finding
      const time = atMs === undefined ? '' : words.at(formatDurationMs(atMs))
      return [tell(`${words.broken[what]}${time}: ${subject}: ${message}`, other)]
    }
    default: {
      const { kind, subject, atMs, expected, got } = finding
      return [
        tell(words[kind](subject, formatDurationMs(atMs))),
        `      ${words.legend}`,
        ...lineDifference(expected, got).map((line) => `      ${line}`),
      ]
    }
  }
}
