import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../support/failure.ts'
import { type RuleFault, RuleFileError } from './fault.ts'
import { type UnmatchedFile, unmatchedFiles } from './file-patterns.ts'
import { type ParsedFile, parseRuleFile } from './parse.ts'
import type { RuleGroup, RuleSet } from './rule.ts'

/** Names of files in folders of rules. */
export const DEFAULT_RULE_PATTERNS: readonly string[] = ['*.yaml', '*.yml']

/** A file in a folder of rules that was not read. */
export interface UnreadFile extends UnmatchedFile {
  readonly folder: string
}

export interface LoadedRules extends RuleSet {
  /** Present in a folder, but no name of rule files. */
  readonly unread: readonly UnreadFile[]
}

/**
 * The rules of files, and of those files of folders (not of folders in them) whose names match a pattern.
 * @throws {RuleFileError} with all faults of all files; then nothing is loaded.
 */
export async function loadRules(
  paths: string | readonly string[],
  patterns: readonly string[] = DEFAULT_RULE_PATTERNS,
): Promise<LoadedRules> {
  const found = await ruleFiles(typeof paths === 'string' ? [paths] : paths, patterns)
  const { files, faults, unread } = found
  const parsed = await Promise.all(files.map(readRuleFile))
  const groups = parsed.flatMap((file) => file.groups)
  const all = [...faults, ...parsed.flatMap((file) => file.faults)]
  if (all.length === 0) all.push(...repeatedGroups(groups))
  if (all.length === 0) return { files, groups, unread }
  throw new RuleFileError(all.every(({ line }) => line === 0) ? 'unreadable' : 'invalid', all)
}

export interface RuleFiles {
  readonly files: readonly string[]
  readonly faults: readonly RuleFault[]
  readonly unread: readonly UnreadFile[]
}

/** The rule files behind paths, sorted within a folder. A path that names a file is read whatever its name. */
export async function ruleFiles(
  paths: readonly string[],
  patterns: readonly string[] = DEFAULT_RULE_PATTERNS,
): Promise<RuleFiles> {
  const found = { files: [] as string[], faults: [] as RuleFault[], unread: [] as UnreadFile[] }
  for (const path of paths) {
    try {
      if (!(await stat(path)).isDirectory()) found.files.push(path)
      else await addFolder(path, patterns, found)
    } catch (error) {
      found.faults.push(wholeFile(path, `cannot read rules: ${messageOf(error)}`))
    }
  }
  return { ...found, files: [...new Set(found.files)] }
}

/** `rules/alerting_rul.yaml: matches no pattern, not read; did you mean alerting_rule.yaml?` */
export function formatUnread({ folder, name, didYouMean }: UnreadFile): string {
  const meant = didYouMean === undefined ? '' : `; did you mean ${didYouMean}?`
  return `${join(folder, name)}: matches no pattern, not read${meant}`
}

async function addFolder(
  folder: string,
  patterns: readonly string[],
  found: { files: string[]; faults: RuleFault[]; unread: UnreadFile[] },
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
  const unmatched = unmatchedFiles(names, patterns)
  const unread = new Set(unmatched.map(({ name }) => name))
  const files = names.filter((name) => !unread.has(name))
  if (files.length === 0) {
    found.faults.push(wholeFile(folder, `no ${patterns.join(' or ')} in this folder`))
  }
  found.files.push(...files.map((name) => join(folder, name)))
  found.unread.push(...unmatched.map((each) => ({ ...each, folder })))
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
