import { formatFault, type RuleFault, RuleFileError } from './fault.ts'
import { lint } from './lint.ts'
import {
  DEFAULT_RULE_PATTERNS,
  formatUnread,
  loadRules,
  readRuleFile,
  ruleFiles,
  type UnreadFile,
} from './load.ts'

/**
 * `tars-alarm rules check`: a line for each file, then its warnings and errors. In folders files count whose
 * names match a pattern; others that may be meant are named. Answers the exit code.
 */
export async function rulesCheck(
  paths: readonly string[],
  out: (line: string) => void,
  patterns: readonly string[] = DEFAULT_RULE_PATTERNS,
): Promise<number> {
  const { files, faults, unread } = await ruleFiles(paths, patterns)
  let errors = 0
  const error = (fault: RuleFault) => {
    errors++
    out(`error: ${formatFault(fault)}`)
  }
  for (const each of unread.filter(mayBeMeant)) out(`warning: ${formatUnread(each)}`)
  faults.forEach(error)
  for (const file of files) {
    const parsed = await readRuleFile(file)
    const count = parsed.groups.reduce((sum, { rules }) => sum + rules.length, 0)
    if (parsed.faults.length === 0) out(`${file}: ${count} ${count === 1 ? 'rule' : 'rules'} found`)
    for (const warning of lint({ files, groups: parsed.groups })) {
      out(`warning: ${formatFault(warning)}`)
    }
    parsed.faults.forEach(error)
  }
  // What is wrong only between files.
  if (errors === 0) await loadRules(paths, patterns).catch((failure) => reportAll(failure, error))
  return errors === 0 ? 0 : 1
}

/** A README beside rules is nobody's slip. */
function mayBeMeant({ name, didYouMean }: UnreadFile): boolean {
  return didYouMean !== undefined || /\.ya?ml$/.test(name)
}

function reportAll(failure: unknown, error: (fault: RuleFault) => void): void {
  if (!(failure instanceof RuleFileError)) throw failure
  failure.faults.forEach(error)
}
