/** How `tars-alarm rules backtest` tells people what it found. */
import type { Told } from '../cloud/backtest/mailing.ts'
import type { SlowReason } from '../cloud/backtest/plan.ts'

export interface BacktestWords {
  progress(percent: number): string
  head(from: string, to: string, evaluations: number, services: number): string
  alarms(count: number): string
  messages(count: number): string
  readonly noAlarms: string
  readonly noInstant: string
  readonly nothingJudged: string
  dataOnly(from: string, to: string): string
  ofRule(rule: string, line: string): string
  missing(selectors: string): string
  whole(from: string): string
  unreadable(what: string): string
  readonly since: string
  readonly stillFiring: string
  more(count: number): string
  told(contact: string, count: number): string
  readonly kinds: Readonly<Record<Told['kind'], string>>
  noise(figures: {
    readonly aDay: string
    readonly perServiceWeek: string
    readonly flapping: string
    readonly quiet: string
  }): readonly string[]
  readonly unknown: string
  readonly contactsUnknown: string
  slow(group: string, why: SlowReason): string
  unread(names: string): string
  failed(rule: string, times: number, first: string, message: string): string
  took(seconds: string): string
}

export const english: BacktestWords = {
  progress: (percent) => `${percent} %`,
  head: (from, to, evaluations, services) =>
    `${from} to ${to}: ${evaluations} evaluations, ${services} services`,
  alarms: (count) => `${count} ${count === 1 ? 'alarm' : 'alarms'}`,
  messages: (count) =>
    `${count} ${count === 1 ? 'message' : 'messages'}, or fewer: causes are not looked for here`,
  noAlarms: 'no alarm',
  noInstant: 'no rule was evaluated: no multiple of an interval lies in this time (see --step)',
  nothingJudged: 'nothing was judged: in this time there are no data that the rules could judge',
  dataOnly: (from, to) => `data only from ${from} to ${to}: no other time was judged`,
  ofRule: (rule, line) => `${rule}: ${line}`,
  missing: (selectors) => `not stored in this time, and needed to judge: ${selectors}`,
  whole: (from) => `looks back further than there are data: sees all of that only from ${from} on`,
  unreadable: (what) => `cannot be read, so this may not be all: ${what}`,
  since: 'since',
  stillFiring: 'firing at the end',
  more: (count) => `… ${count} more (--json has the first 1,000)`,
  told: (contact, count) => `to ${contact}: ${count}`,
  kinds: { fired: 'fired', repeated: 'repeated', resolved: 'resolved', digest: 'digest' },
  noise: ({ aDay, perServiceWeek, flapping, quiet }) => [
    `messages a day: ${aDay}`,
    `alarms per service-week: ${perServiceWeek}`,
    `flapping: ${flapping} of the alarms`,
    `longest quiet: ${quiet}`,
  ],
  unknown: 'unknown',
  contactsUnknown: 'one recipient (no contact is known)',
  slow: (group, why) => `slower, instant by instant: ${group} (${ENGLISH_WHY[why]})`,
  unread: (names) => `recording rules that no other rule reads, left out: ${names}`,
  failed: (rule, times, first, message) =>
    `rule ${rule} failed ${times} ${times === 1 ? 'time' : 'times'}, first at ${first}: ${message}`,
  took: (seconds) => `took ${seconds} s`,
}

const ENGLISH_WHY: Readonly<Record<SlowReason, string>> = {
  'reads-alerts-of-itself': 'it reads ALERTS of rules in its own group',
  'reads-what-comes-later': 'rules read what rules after them write',
  'names-its-range': 'an expression has start(), end(), step() or range()',
  'shares-alerts': 'another group has a rule of the same name',
}

export const chinese: BacktestWords = {
  progress: (percent) => `${percent} %`,
  head: (from, to, evaluations, services) =>
    `${from} 至 ${to}：执行 ${evaluations} 次，${services} 个服务`,
  alarms: (count) => `${count} 条告警`,
  messages: (count) => `${count} 条消息（回放不做根因收敛，实际可能更少）`,
  noAlarms: '没有告警',
  noInstant: '没有执行任何规则：这段时间内没有执行间隔的整数倍时刻（见 --step）',
  nothingJudged: '什么也没有判断：这段时间内没有规则可判断的数据',
  dataOnly: (from, to) => `只有 ${from} 至 ${to} 的数据，其余时间没有判断`,
  ofRule: (rule, line) => `${rule}：${line}`,
  missing: (selectors) => `这段时间没有它必须读取的数据：${selectors}`,
  whole: (from) => `往前看的时间比已有的数据长：从 ${from} 起才看得全`,
  unreadable: (what) => `读不出来，结果可能不全：${what}`,
  since: '自',
  stillFiring: '结束时仍在告警',
  more: (count) => `… 另有 ${count} 条（--json 含前 1,000 条）`,
  told: (contact, count) => `发给 ${contact}：${count} 条`,
  kinds: { fired: '触发', repeated: '再次', resolved: '恢复', digest: '汇总' },
  noise: ({ aDay, perServiceWeek, flapping, quiet }) => [
    `每天消息数：${aDay}`,
    `每服务每周告警数：${perServiceWeek}`,
    `抖动：占告警的 ${flapping}`,
    `最长安静时间：${quiet}`,
  ],
  unknown: '未知',
  contactsUnknown: '一位接收人（联系人未知）',
  slow: (group, why) => `较慢，逐时刻执行：${group}（${CHINESE_WHY[why]}）`,
  unread: (names) => `没有规则读取的记录规则，未执行：${names}`,
  failed: (rule, times, first, message) =>
    `规则 ${rule} 失败 ${times} 次，首次 ${first}：${message}`,
  took: (seconds) => `用时 ${seconds} 秒`,
}

const CHINESE_WHY: Readonly<Record<SlowReason, string>> = {
  'reads-alerts-of-itself': '读取了本组规则的 ALERTS',
  'reads-what-comes-later': '规则读取了其后规则的结果',
  'names-its-range': '表达式用到 start()、end()、step() 或 range()',
  'shares-alerts': '其他组有同名规则',
}
