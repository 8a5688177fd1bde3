/** Rules in memory: one of a file, that failed, and those that people make. */
import type { CalendarStore, RuleDesk, ThresholdStore } from '../../../src/cloud/api/ports.ts'
import type { Threshold } from '../../../src/cloud/baselines/threshold.ts'
import type { CalendarSettings } from '../../../src/cloud/calendar/special-day.ts'
import type { OwnRule } from '../../../src/cloud/rules/form/own-rule.ts'
import { OwnRuleBook } from '../../../src/cloud/rules/form/own-rule-book.ts'
import type { RuleGroup } from '../../../src/cloud/rules/rule.ts'
import { UploadBook } from '../../../src/cloud/rules/uploaded/upload-book.ts'
import type { UploadedFile } from '../../../src/cloud/rules/uploaded/uploaded-file.ts'
import { silentLog } from '../../../src/support/log.ts'
import { fileOf } from '../rules/rule-world.ts'

const FILE = fileOf(`groups:
  - name: tars
    rules:
      - alert: FailureRatio
        expr: sum by (callee) (sum_over_time(tars_exceptions{span="$span"}[$window])) > 10
        for: 1m
        labels: {severity: ERROR}
        annotations: {title: '调用失败率高（{{ $labels.callee }}）', title_en: failure ratio}
`)

/** When all was evaluated last. */
const AT = Date.UTC(2026, 2, 2, 2)

const namesOf = ({ rules }: RuleGroup) => rules.map(({ name }) => name)

export function memoryDesk(): RuleDesk {
  const rows: OwnRule[] = []
  const without = ({ environment, id }: Pick<OwnRule, 'environment' | 'id'>) => {
    const at = rows.findIndex((row) => row.environment === environment && row.id === id)
    return at >= 0 && rows.splice(at, 1).length > 0
  }
  const book = new OwnRuleBook({
    store: {
      ownRules: async () => rows,
      async saveOwnRule(rule) {
        without(rule)
        rows.push(rule)
      },
      removeOwnRule: async (environment, id) => without({ environment, id }),
    },
    others: () => FILE.groups,
    changed() {},
  })
  const files: UploadedFile[] = []
  const uploads = new UploadBook({
    store: {
      ruleFiles: async () => files,
      saveRuleFiles: async (saved) => void files.push(...saved),
      removeRuleFile: async () => true,
    },
    log: silentLog,
    taken: (environment) =>
      new Set([...FILE.groups, ...book.groups(environment).groups].flatMap(namesOf)),
    changed() {},
  })
  return {
    ...{ book, uploads },
    reads: {
      rules: () => FILE,
      living: async () => [],
      progress: async () => FILE.groups.map(({ key }) => ({ group: key, evaluatedAt: AT })),
      lastEvaluation: () => ({ tookMs: 3, rules: [{ tookMs: 1.25, fault: 'too many series' }] }),
    },
    learned: async () => new Set(['recent']),
    found: async () => ({ found: 2, examples: [{ callee: 'Pay.Order' }, { callee: 'Pay.Door' }] }),
  }
}

export function memoryThresholds(): ThresholdStore {
  const all = new Map<string, readonly Threshold[]>()
  return {
    thresholds: async (environment) => all.get(environment) ?? [],
    saveThresholds: async (environment, thresholds) => void all.set(environment, thresholds),
  }
}

export function memoryCalendars(): CalendarStore {
  const all = new Map<string, CalendarSettings>()
  return {
    calendar: async (environment) => all.get(environment),
    saveCalendar: async (environment, settings) => void all.set(environment, settings),
  }
}
