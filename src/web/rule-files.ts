/** Prometheus rule files that people uploaded for an environment. */
import { CloudError, call, place } from './call.ts'

export interface RuleFile {
  readonly name: string
  readonly groups: number
  readonly alertingRules: number
  readonly recordingRules: number
  readonly author: string
  readonly savedAtMs: number
  /** It was sound once and is no more: it is not evaluated. */
  readonly faults: readonly PlacedFault[]
}

interface PlacedFault {
  /** From 1; 0: the file as a whole. */
  readonly line: number
  readonly column: number
  readonly message: string
}

export interface FileFault extends PlacedFault {
  readonly file: string
}

export interface UploadReport {
  /** As `alerts.yaml;api`: file and group. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  /** What is allowed, but hardly meant. */
  readonly warnings: readonly FileFault[]
}

export interface NamedText {
  readonly name: string
  readonly text: string
}

export async function ruleFiles(environment: string): Promise<readonly RuleFile[]> {
  return (await call<{ files: RuleFile[] }>('GET', place(environment, 'rule-files'))).files
}

export async function ruleFileText(environment: string, name: string): Promise<string> {
  return (await call<{ text: string }>('GET', place(environment, 'rule-files', name))).text
}

/** All of them are taken, or none. */
export async function uploadRuleFiles(
  environment: string,
  files: readonly NamedText[],
): Promise<UploadReport> {
  const path = place(environment, 'rule-files')
  return (await call<{ report: UploadReport }>('POST', path, { files })).report
}

export async function removeRuleFile(environment: string, name: string): Promise<void> {
  await call('DELETE', place(environment, 'rule-files', name))
}

/** What is wrong in which file; empty when something else is. */
export function fileFaults(error: unknown): readonly FileFault[] {
  if (!(error instanceof CloudError)) return []
  return error.fields.flatMap(({ field, expected: message }) => {
    const [, file, line, column] = /^files\/(.+)\/(\d+):(\d+)$/.exec(field) ?? []
    return file === undefined ? [] : { file, line: Number(line), column: Number(column), message }
  })
}

/** Which of the files that were sent a refused field such as `files/0/name` is of. */
export function refusedFields(
  error: unknown,
  files: readonly NamedText[],
): readonly { readonly file: string; readonly field: string }[] {
  if (!(error instanceof CloudError)) return []
  return error.fields.flatMap(({ field }) => {
    const [, at, of] = /^files\/(\d+)\/(\w+)$/.exec(field) ?? []
    return at === undefined ? [] : { file: files[Number(at)]?.name ?? '', field: of ?? '' }
  })
}

/** `alerts.yaml:3:9: …` */
export function faultText({ file, line, column, message }: FileFault): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`
}
