/** The fixed words of reports on drills. */
import type { Language } from '../notify/ports.ts'
import type { DrillStep } from './drill.ts'

const zh = {
  title: '告警演练报告',
  passed: '通过',
  failed: '失败',
  passedIn: (seconds: string) => `通过，${seconds} 秒送达`,
  notReached: (count: number) => `，${count} 条未送达`,
  failedAt: (step: string) => `失败：${step}`,
  notDone: {
    stored: '故障数据没有写入',
    fired: '告警没有触发',
    planned: '没有人会收到通知',
    accepted: '通知没有送达任何渠道',
  } satisfies Record<DrillStep, string>,
  step: '步骤',
  seconds: '用时（秒，自故障起）',
  steps: {
    stored: '故障数据已写入',
    fired: '告警触发',
    planned: '通知已生成',
    accepted: '首条通知被渠道接收',
    resolved: '告警恢复',
    overTold: '恢复通知全部送达',
  },
  never: '无',
  channel: '渠道',
  accepted: '送达 / 应发',
  firstLast: '最快 / 最慢（秒）',
  missing: '未送达',
  why: '原因',
  held: '通知被屏蔽、时段、汇总等拦下，或没有通知配置与之匹配：该告警的页面说明了每一步的决定。',
  takenUp: '演练期间云端重启过，用时不可比。',
  whose: (month: string) => `${month} 的月度演练`,
  asked: '手动演练',
  console: '打开该演练的告警',
  footer: (contact: string) => `由 TARS 云告警发送：您（${contact}）接收此环境的演练报告。`,
}

export type ReportWords = typeof zh

const en: ReportWords = {
  title: 'Report of the drill',
  passed: 'passed',
  failed: 'failed',
  passedIn: (seconds) => `passed, delivered in ${seconds} s`,
  notReached: (count) => `, ${count} not delivered`,
  failedAt: (step) => `failed: ${step}`,
  notDone: {
    stored: 'the fault was not stored',
    fired: 'the alarm did not fire',
    planned: 'nobody would have been told',
    accepted: 'no channel accepted a message',
  },
  step: 'Step',
  seconds: 'Seconds since the fault',
  steps: {
    stored: 'The fault was stored',
    fired: 'The alarm fired',
    planned: 'Messages were planned',
    accepted: 'The first message was accepted by its channel',
    resolved: 'The alarm was over',
    overTold: 'All were told that it is over',
  },
  never: 'never',
  channel: 'Channel',
  accepted: 'Accepted / planned',
  firstLast: 'First / last (s)',
  missing: 'Not delivered',
  why: 'Why',
  held: 'Messages were held back by mutes, hours or digests, or no notification matched: see the page of the alarm.',
  takenUp: 'The cloud was started anew meanwhile: its seconds do not compare.',
  whose: (month) => `The drill of ${month}`,
  asked: 'A drill that somebody asked for',
  console: 'Open the alarm of this drill',
  footer: (contact) =>
    `Sent by TARS Alarm: you (${contact}) get the reports of drills of this environment.`,
}

export const REPORT_WORDS: Readonly<Record<Language, ReportWords>> = { zh, en }
