import { formatFault, type RuleFault, RuleFileError } from './fault.ts'
import { lint } from './lint.ts'
import { loadRules, readRuleFile, ruleFiles } from './load.ts'

/** `tars-alarm rules check`: a line for each file, then its warnings and errors. Answers the exit code. */
export async function rulesCheck(paths: string[], out: (line: string) => void): Promise<number> {
  const { files, faults } = await ruleFiles(paths)
  let errors = 0
  const error = (fault: RuleFault) => {
    errors++
    out(`error: ${formatFault(fault)}`)
  }
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
  if (errors === 0) await loadRules(paths).catch((failure) => reportAll(failure, error))
  return errors === 0 ? 0 : 1
}

function reportAll(failure: unknown, error: (fault: RuleFault) => void): void {
  if (!(failure instanceof RuleFileError)) throw failure
  failure.faults.forEach(error)
}
