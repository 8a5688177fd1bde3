import type { ruleListZh } from './rule-list-zh.ts'
import type { Texts } from './texts.ts'

export const ruleListEn: Texts<typeof ruleListZh> = {
  search: 'Search for a rule',
  nothing: 'No rule has “{search}” in its name or its text.',
  alarms: 'its alarms',
  threshold: 'its threshold',
}
