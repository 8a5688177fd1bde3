/** The fixed words of summaries. */
import type { Language } from '../ports.ts'

const zh = {
  title: { day: '告警日报', week: '告警周报' },
  /** Behind the title. */
  subject: (count: number, open: number) =>
    `：${count} 条告警${open > 0 ? `，${open} 条未恢复` : ''}`,
  period: (from: string, to: string) => `${from} 至 ${to}`,
  quiet: '没有告警，没有未恢复的告警，Agent 与通知均正常。',
  counts: '告警',
  before: '上期',
  change: (percent: number) => `${percent > 0 ? '+' : ''}${percent}%`,
  acknowledged: '已确认或关闭',
  open: '仍未恢复',
  more: (limit: number) => `（仅统计最近 ${limit} 条）`,
  byService: '按服务',
  service: '服务',
  noService: '（无服务）',
  count: '次数',
  longest: '最长',
  moreServices: (count: number) => `另有 ${count} 个服务。`,
  byRule: '最频繁的告警',
  rule: '告警',
  share: '占比',
  unresolved: '未恢复的告警',
  since: '开始',
  moreOpen: '更多未恢复的告警请见控制台。',
  silent: '没有上报的 Agent',
  host: '主机',
  seen: '最近上报',
  failed: '未能送达的通知',
  channel: '渠道',
  messages: '条数',
  console: '打开控制台',
  footer: (contact: string) => `由 TARS 云告警发送：您（${contact}）订阅了此环境的汇总。`,
}

export type SummaryWords = typeof zh

const en: SummaryWords = {
  title: { day: 'Alarms of the day', week: 'Alarms of the week' },
  subject: (count, open) =>
    `: ${count} ${count === 1 ? 'alarm' : 'alarms'}${open > 0 ? `, ${open} unresolved` : ''}`,
  period: (from, to) => `${from} to ${to}`,
  quiet: 'No alarms, none unresolved; agents and messages are well.',
  counts: 'Alarms',
  before: 'Before',
  change: (percent) => `${percent > 0 ? '+' : ''}${percent}%`,
  acknowledged: 'Acknowledged or closed',
  open: 'Unresolved now',
  more: (limit) => ` (only the newest ${limit} are counted)`,
  byService: 'By service',
  service: 'Service',
  noService: '(no service)',
  count: 'Alarms',
  longest: 'Longest',
  moreServices: (count) => `${count} more services.`,
  byRule: 'Most frequent',
  rule: 'Alarm',
  share: 'Share',
  unresolved: 'Unresolved',
  since: 'Since',
  moreOpen: 'More are unresolved: see the console.',
  silent: 'Silent agents',
  host: 'Host',
  seen: 'Last heard',
  failed: 'Messages that could not be delivered',
  channel: 'Channel',
  messages: 'Messages',
  console: 'Open the console',
  footer: (contact) =>
    `Sent by TARS Alarm: you (${contact}) subscribed to summaries of this environment.`,
}

export const SUMMARY_WORDS: Readonly<Record<Language, SummaryWords>> = { zh, en }
