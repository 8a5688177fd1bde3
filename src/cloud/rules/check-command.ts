import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatFault, type RuleFault, RuleFileError } from './fault.ts'
import { matchesPattern, unmatchedFiles } from './file-patterns.ts'
import { lint } from './lint.ts'
import { loadRules, readRuleFile, ruleFiles } from './load.ts'

/**
 * `tars-alarm rules check`: a line for each file, then its warnings and errors. With patterns only files of
 * such names count in folders; the others are named. Answers the exit code.
 */
export async function rulesCheck(
  paths: readonly string[],
  out: (line: string) => void,
  patterns: readonly string[] = [],
): Promise<number> {
  const chosen = patterns.length === 0 ? paths : await byPatterns(paths, patterns, out)
  const { files, faults } = await ruleFiles(chosen)
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
  if (errors === 0) await loadRules(chosen).catch((failure) => reportAll(failure, error))
  return errors === 0 ? 0 : 1
}

/** Folders become their files that match. */
async function byPatterns(
  paths: readonly string[],
  patterns: readonly string[],
  out: (line: string) => void,
): Promise<string[]> {
  const chosen: string[] = []
  for (const path of paths) {
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    )
    if (!isFolder) {
      chosen.push(path)
      continue
    }
    const entries = await readdir(path, { withFileTypes: true })
    const names = entries
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .sort()
    const matching = names.filter((name) => patterns.some((each) => matchesPattern(name, each)))
    chosen.push(...matching.map((name) => join(path, name)))
    if (matching.length === 0) out(`warning: ${path}: no file matches ${patterns.join(' or ')}`)
    for (const { name, didYouMean } of unmatchedFiles(names, patterns)) {
      const hint = didYouMean === undefined ? '' : `; did you mean ${didYouMean}?`
      const isRules = didYouMean !== undefined || /^[^.].*\.ya?ml$/.test(name)
      if (isRules) out(`warning: ${join(path, name)}: matches no pattern${hint}`)
    }
  }
  return chosen
}

function reportAll(failure: unknown, error: (fault: RuleFault) => void): void {
  if (!(failure instanceof RuleFileError)) throw failure
  failure.faults.forEach(error)
}
