/** The rule files of environments: saved, checked, handed to whoever evaluates them. */

import { Failure } from '../../../support/failure.ts'
import type { Log } from '../../../support/log.ts'
import { formatFault, type RuleFault } from '../fault.ts'
import { lint } from '../lint.ts'
import type { RuleGroup } from '../rule.ts'
import { type GroupChanges, groupChanges } from '../rule-book.ts'
import { MAX_FILES, readUploaded, shownKey, type UploadedFile } from './uploaded-file.ts'

export interface UploadStore {
  /** Of all environments, by name. */
  ruleFiles(): Promise<UploadedFile[]>
  /** All or none, each in the place of the one of its name. */
  saveRuleFiles(files: readonly UploadedFile[]): Promise<void>
  removeRuleFile(environment: string, name: string): Promise<boolean>
}

export interface UploadBookOptions {
  readonly store: UploadStore
  readonly log: Log
  /** Names of the alerts of other rules of this environment. */
  taken(environment: string): ReadonlySet<string>
  /** Other groups count for this environment from now on. */
  changed(environment: string): void
}

/** What an upload changed; keys of groups as `alerts.yaml;api`. */
export interface UploadReport extends GroupChanges {
  /** What is allowed, but hardly meant. */
  readonly warnings: readonly RuleFault[]
}

/** `invalid`: all faults of all files are in `faults`; `limit-reached`: too many files. */
export class UploadFailure extends Failure<'invalid' | 'limit-reached'> {
  readonly faults: readonly RuleFault[]

  constructor(reason: 'invalid' | 'limit-reached', message: string, faults: readonly RuleFault[]) {
    super(reason, message)
    this.faults = faults
  }
}

export interface BookedFile extends UploadedFile {
  readonly groups: readonly RuleGroup[]
  /** It was sound once and is no more: it is not evaluated. */
  readonly faults: readonly RuleFault[]
}

const NONE: ReadonlySet<string> = new Set()

export class UploadBook {
  readonly #options: UploadBookOptions
  /** By environment; by name of the file. */
  readonly #files = new Map<string, readonly BookedFile[]>()
  #turn: Promise<unknown> = Promise.resolve()

  constructor(options: UploadBookOptions) {
    this.#options = options
  }

  /** All that is in the store. A file that is sound no more harms no other. */
  async load(): Promise<void> {
    const all = Map.groupBy(await this.#options.store.ruleFiles(), (file) => file.environment)
    for (const [environment, files] of all) {
      const booked = files.map((file) => bookedFile(file))
      for (const { name, faults } of booked) {
        if (faults.length === 0) continue
        const said = faults.map(formatFault)
        this.#options.log.warn({ environment, name, faults: said }, 'a rule file is sound no more')
      }
      this.#take(environment, booked)
    }
  }

  /** By name. */
  files(environment: string): readonly BookedFile[] {
    return this.#files.get(environment) ?? []
  }

  groups(environment: string): readonly RuleGroup[] {
    return this.files(environment).flatMap(({ groups }) => groups)
  }

  /**
   * New files, or in the place of those of their names: all of them are valid, or nothing changes. Rejects with
   * `UploadFailure`.
   */
  upload(environment: string, uploaded: readonly UploadedFile[]): Promise<UploadReport> {
    return this.#inTurn(async () => {
      const before = this.groups(environment)
      const names = new Set(uploaded.map(({ name }) => name))
      const kept = this.files(environment).filter(({ name }) => !names.has(name))
      if (kept.length + names.size > MAX_FILES) {
        const message = `${kept.length + names.size} rule files: ${MAX_FILES} at the most`
        throw new UploadFailure('limit-reached', message, [])
      }
      const { faults } = readUploaded([...kept, ...uploaded], this.#options.taken(environment))
      const wrong = faults.filter(({ file }) => names.has(file))
      if (wrong.length > 0) {
        throw new UploadFailure('invalid', wrong.map(formatFault).join('\n'), wrong)
      }
      await this.#options.store.saveRuleFiles(uploaded)
      this.#take(environment, [...kept, ...uploaded.map((file) => bookedFile(file))])
      const fresh = this.files(environment).filter(({ name }) => names.has(name))
      const groups = fresh.flatMap((file) => file.groups)
      const warnings = lint({ files: [...names], groups })
      return { ...shown(groupChanges(before, this.groups(environment))), warnings }
    })
  }

  /** Whether there was one. */
  remove(environment: string, name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const removed = await this.#options.store.removeRuleFile(environment, name)
      const rest = this.files(environment).filter((one) => one.name !== name)
      if (removed) this.#take(environment, rest)
      return removed
    })
  }

  /** The environment is gone. */
  forget(environment: string): void {
    this.#files.delete(environment)
  }

  #take(environment: string, files: readonly BookedFile[]): void {
    const byName = files.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    this.#files.set(environment, byName)
    this.#options.changed(environment)
  }

  #inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(task)
    this.#turn = result.catch(() => {})
    return result
  }
}

/** Alone: others may have taken the names of its alerts since. */
function bookedFile(file: UploadedFile): BookedFile {
  const { groups, faults } = readUploaded([file], NONE)
  return { ...file, groups: faults.length === 0 ? groups : [], faults }
}

function shown({ added, changed, removed, ...counts }: GroupChanges): GroupChanges {
  const keys = (list: readonly string[]) => list.map(shownKey)
  return {
    ...counts,
    added: keys(added),
    changed: keys(changed),
    removed: keys(removed),
  }
}
