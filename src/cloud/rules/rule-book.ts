/** The rules that count, and how others take their place: all files are valid, or nothing changes. */
import type { Log } from '../../support/log.ts'
import { formatUnread, type LoadedRules, type UnreadFile } from './load.ts'
import type { RuleGroup, RuleSet } from './rule.ts'

/** What counts, and what is different from before. */
export interface GroupChanges {
  readonly groups: number
  readonly rules: number
  /** Keys of groups. */
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly removed: readonly string[]
}

export interface ReloadReport extends GroupChanges {
  readonly files: number
  readonly unread: readonly UnreadFile[]
}

export interface RuleBookOptions {
  readonly log: Log
  /** Rejects with `RuleFileError`. */
  load(): Promise<LoadedRules>
  /** Other rules count from now on. */
  replaced(rules: RuleSet): void
}

export class RuleBook {
  #rules: LoadedRules
  readonly #options: RuleBookOptions
  #reloading: Promise<unknown> = Promise.resolve()

  private constructor(rules: LoadedRules, options: RuleBookOptions) {
    this.#rules = rules
    this.#options = options
  }

  /** Rejects with `RuleFileError`. */
  static async open(options: RuleBookOptions): Promise<RuleBook> {
    const book = new RuleBook(await options.load(), options)
    book.#tellUnread()
    return book
  }

  get rules(): RuleSet {
    return this.#rules
  }

  /** One at a time. Rejects with `RuleFileError`, all faults of all files in it; then the rules stay as they are. */
  reload(): Promise<ReloadReport> {
    const report = this.#reloading.then(() => this.#reload())
    this.#reloading = report.catch(() => {})
    return report
  }

  async #reload(): Promise<ReloadReport> {
    const { log, load, replaced } = this.#options
    const before = this.#rules
    const rules = await load()
    const report = reportOf(before, rules)
    this.#rules = rules
    replaced(rules)
    const { unread, ...counts } = report
    log.info(counts, 'rules reloaded')
    this.#tellUnread()
    return report
  }

  #tellUnread(): void {
    const { unread } = this.#rules
    if (unread.length === 0) return
    this.#options.log.warn(
      { unread: unread.map(formatUnread) },
      'files beside the rules are not read',
    )
  }
}

/** For people: what was read, what changed, and what was not read. */
export function reloadLines(report: ReloadReport): string[] {
  const { files, groups, rules, added, changed, removed, unread } = report
  const news = Object.entries({ added, changed, removed })
    .filter(([, keys]) => keys.length > 0)
    .map(([what, keys]) => `${what}: ${keys.join(', ')}`)
  return [
    `rules reloaded: ${rules} in ${groups} groups of ${files} files`,
    ...(news.length > 0 ? news : ['nothing is different']),
    ...unread.map(formatUnread),
  ]
}

function reportOf(before: LoadedRules, after: LoadedRules): ReloadReport {
  const { files, unread } = after
  return { files: files.length, ...groupChanges(before.groups, after.groups), unread }
}

export function groupChanges(
  before: readonly RuleGroup[],
  after: readonly RuleGroup[],
): GroupChanges {
  const old = new Map(before.map((group) => [group.key, textOf(group)]))
  const now = new Map(after.map((group) => [group.key, textOf(group)]))
  const kept = [...now.keys()].filter((key) => old.has(key))
  return {
    groups: after.length,
    rules: after.reduce((sum, { rules }) => sum + rules.length, 0),
    added: [...now.keys()].filter((key) => !old.has(key)),
    changed: kept.filter((key) => old.get(key) !== now.get(key)),
    removed: [...old.keys()].filter((key) => !now.has(key)),
  }
}

/** What follows from the text, and where it stands, is left out. */
const LEFT_OUT = new Set(['expr', 'query', 'line', 'column', 'body', 'defined', 'fixedLabels'])

function textOf(group: RuleGroup): string {
  return JSON.stringify(group, (key, value) => (LEFT_OUT.has(key) ? undefined : value))
}
