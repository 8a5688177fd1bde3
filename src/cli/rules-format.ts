/** `tars-alarm rules format PATH…`: rule files in one form. */
import { readFile, realpath, stat } from 'node:fs/promises'
import { formatFault, RuleFileError } from '../cloud/rules/fault.ts'
import { formatRuleFile } from '../cloud/rules/format/format-rule-file.ts'
import { ruleFiles } from '../cloud/rules/load.ts'
import { writeWhole } from '../support/whole-file.ts'

export interface RulesFormatOptions {
  /** The files themselves are changed; by default they are only printed. */
  readonly write?: boolean
  /** Nothing is changed: files that would are named, and the exit code is 1. */
  readonly check?: boolean
}

/** Files with faults are named with them and left alone. Answers the exit code. */
export async function rulesFormat(
  paths: readonly string[],
  { write = false, check = false }: RulesFormatOptions,
  out: (line: string) => void,
): Promise<number> {
  const { files, faults } = await ruleFiles(paths)
  for (const fault of faults) out(`error: ${formatFault(fault)}`)
  let failed = faults.length > 0
  for (const file of files) {
    try {
      const text = await readFile(file, 'utf8')
      const formatted = formatRuleFile(file, text)
      if (!write && !check) out(formatted.trimEnd())
      else if (formatted !== text) {
        if (check) failed = true
        else await replace(file, formatted)
        out(check ? `${file}: is not formatted` : `${file}: formatted`)
      }
    } catch (error) {
      if (!(error instanceof RuleFileError)) throw error
      failed = true
      for (const fault of error.faults) out(`error: ${formatFault(fault)}`)
    }
  }
  return failed ? 1 : 0
}

/** Keeps its mode, and links to it. */
async function replace(file: string, text: string): Promise<void> {
  const path = await realpath(file)
  writeWhole(path, text, (await stat(path)).mode & 0o777)
}
