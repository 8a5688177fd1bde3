/** Rule files that people uploaded for one environment, as Prometheus has them. Pure. */
import { z } from 'zod'
import type { RuleFault } from '../fault.ts'
import { parseRuleFile } from '../parse.ts'
import type { RuleGroup } from '../rule.ts'

export const MAX_FILES = 20
export const MAX_TEXT = 256 * 1024
/** Of all files of an environment. */
const MAX_RULES = 1000
/** They share a cloud with those of others. */
const MIN_INTERVAL_MS = 10_000
/** Before the name of the file, in keys of groups: no file of the cloud's own has it. */
const PREFIX = 'uploaded/'

export const fileName = z
  .string()
  .max(64)
  .regex(/^\w[\w.-]*\.ya?ml$/, 'a name such as alerts.yaml: letters, digits, . _ -')

export interface UploadedFile {
  readonly environment: string
  readonly name: string
  readonly text: string
  /** Who uploaded it last. */
  readonly author: string
  readonly savedAt: number
}

export interface ReadFiles {
  readonly groups: readonly RuleGroup[]
  /** With any, `groups` are not whole. */
  readonly faults: readonly RuleFault[]
}

/** All files of an environment together; `taken`: names of alerts that other rules have. */
export function readUploaded(
  files: readonly Pick<UploadedFile, 'name' | 'text'>[],
  taken: ReadonlySet<string>,
): ReadFiles {
  const parsed = files.map(({ name, text }) => parseRuleFile(name, text))
  const groups = parsed.flatMap((file) => file.groups)
  const faults = parsed.flatMap((file) =>
    file.faults.length > 0 ? file.faults : file.groups.flatMap((group) => refused(group, taken)),
  )
  const count = groups.reduce((sum, { rules }) => sum + rules.length, 0)
  if (faults.length === 0 && count > MAX_RULES) {
    const message = `${count} rules in all files together: ${MAX_RULES} at the most`
    faults.push({ ...{ file: files.at(-1)?.name ?? '', line: 0, column: 0 }, message })
  }
  return { groups: groups.map((group) => ({ ...group, key: PREFIX + group.key })), faults }
}

/** Whether it is the key of a group of an uploaded file. */
export function isUploaded(key: string): boolean {
  return key.startsWith(PREFIX)
}

/** `alerts.yaml;api`. */
export function shownKey(key: string): string {
  return isUploaded(key) ? key.slice(PREFIX.length) : key
}

function refused(group: RuleGroup, taken: ReadonlySet<string>): RuleFault[] {
  const { file, name, intervalMs, rules } = group
  const within = `group "${name}"`
  const [first] = rules
  const place = { file, line: first?.line ?? 0, column: first?.column ?? 0 }
  const message = `${within}: its interval is ${intervalMs / 1000}s: at least ${MIN_INTERVAL_MS / 1000}s here`
  return [
    ...(intervalMs < MIN_INTERVAL_MS ? [{ ...place, message }] : []),
    // Alerts find their rule by its name.
    ...rules
      .filter((rule) => rule.kind === 'alerting' && taken.has(rule.name))
      .map((rule) => ({
        ...{ file, line: rule.line, column: rule.column },
        message: `${within}, "${rule.name}": another rule has this name, a default or one of the console: rename the alert`,
      })),
  ]
}
