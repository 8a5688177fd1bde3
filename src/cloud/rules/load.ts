import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../support/failure.ts'
import { type RuleFault, RuleFileError } from './fault.ts'
import { type ParsedFile, parseRuleFile } from './parse.ts'
import type { RuleGroup, RuleSet } from './rule.ts'

/**
 * The rules of files, and of folders' `*.yaml` and `*.yml` (not of folders in them).
 * @throws {RuleFileError} with all faults of all files; then nothing is loaded.
 */
export async function loadRules(paths: string | readonly string[]): Promise<RuleSet> {
  const { files, faults } = await ruleFiles(typeof paths === 'string' ? [paths] : paths)
  const parsed = await Promise.all(files.map(readRuleFile))
  const groups = parsed.flatMap((file) => file.groups)
  const all = [...faults, ...parsed.flatMap((file) => file.faults)]
  if (all.length === 0) all.push(...repeatedGroups(groups))
  if (all.length === 0) return { files, groups }
  throw new RuleFileError(all.every(({ line }) => line === 0) ? 'unreadable' : 'invalid', all)
}

/** The rule files behind paths, sorted within a folder. */
export async function ruleFiles(
  paths: readonly string[],
): Promise<{ files: string[]; faults: RuleFault[] }> {
  const files: string[] = []
  const faults: RuleFault[] = []
  for (const path of paths) {
    try {
      const found = (await stat(path)).isDirectory() ? await filesIn(path) : [path]
      if (found.length === 0) faults.push(wholeFile(path, 'no *.yaml or *.yml in this folder'))
      files.push(...found)
    } catch (error) {
      faults.push(wholeFile(path, `cannot read rules: ${messageOf(error)}`))
    }
  }
  return { files: [...new Set(files)], faults }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names
    .filter((name) => /^[^.].*\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name))
}

export async function readRuleFile(file: string): Promise<ParsedFile> {
  try {
    return parseRuleFile(file, await readFile(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return { groups: [], faults: [wholeFile(file, `cannot read rules: ${error.message}`)] }
  }
}

/** Progress is kept by name of file and group, so two folders may not have the same of both. */
function repeatedGroups(groups: readonly RuleGroup[]): RuleFault[] {
  const files = new Map<string, string>()
  const faults: RuleFault[] = []
  for (const { key, file, name } of groups) {
    const other = files.get(key)
    if (other !== undefined) {
      faults.push(
        wholeFile(file, `group "${name}" is in ${other}, too: rename the file or the group`),
      )
    }
    files.set(key, file)
  }
  return faults
}

function wholeFile(file: string, message: string): RuleFault {
  return { file, line: 0, column: 0, message }
}
