/** What the page of a link in a message says. */
import type { Language } from '../notify/ports.ts'

const zh = {
  title: 'TARS 云告警',
  heading: (service: string) => `【${service}】告警`,
  level: '级别',
  levels: { ERROR: '严重', WARN: '警告', INFO: '提示' },
  fired: '触发时间',
  environment: '环境',
  you: (name: string) => `您是：${name}`,
  kinds: {
    acknowledge: '确认：我在处理。恢复之前不再通知',
    snooze: '暂停通知：到时间仍在告警则再通知',
    close: '关闭：这次告警不再通知，请说明原因',
  },
  hours: { '1': '1 小时', '4': '4 小时', '24': '1 天', '72': '3 天' },
  note: '说明',
  submit: '提交',
  by: (name: string, time: string) => `${name}，${time}`,
  states: {
    acknowledged: '已确认',
    snoozed: '已暂停通知',
    closed: '已关闭',
    undone: '已撤销处理',
    noted: '补充说明',
  },
  until: (time: string) => `到 ${time}`,
  done: '已保存。',
  over: '这条告警已结束，不需要再处理。',
  noteMissing: '关闭时请填写说明。',
  forged: '链接不完整或已被改动。请打开邮件或消息中的完整链接，或登录控制台处理。',
  expired: '链接已过期（有效期 7 天）。请打开较新的邮件或消息中的链接，或登录控制台处理。',
  gone: '链接中的告警或联系人已不存在。请登录控制台查看。',
  throttled: '操作过于频繁，请 15 分钟后再试，或登录控制台处理。',
  console: '打开控制台',
}

export type ActPageWords = typeof zh

const en: ActPageWords = {
  title: 'TARS Alarm',
  heading: (service) => `【${service}】Alarm`,
  level: 'Level',
  levels: { ERROR: 'error', WARN: 'warning', INFO: 'info' },
  fired: 'Fired',
  environment: 'Environment',
  you: (name) => `You are ${name}`,
  kinds: {
    acknowledge: 'Acknowledge: I look after it. Nothing more is told but that it is over',
    snooze: 'Snooze: told again if it still fires when the time is over',
    close: 'Close: nothing more is told of this run; please say why',
  },
  hours: { '1': '1 hour', '4': '4 hours', '24': '1 day', '72': '3 days' },
  note: 'Note',
  submit: 'Submit',
  by: (name, time) => `${name}, ${time}`,
  states: {
    acknowledged: 'Acknowledged',
    snoozed: 'Snoozed',
    closed: 'Closed',
    undone: 'Taken back',
    noted: 'Note',
  },
  until: (time) => `until ${time}`,
  done: 'Saved.',
  over: 'This alarm is over: there is nothing to do any more.',
  noteMissing: 'A note is needed to close it.',
  forged:
    'The link is incomplete or was changed. Open the whole link of the mail or message, or log in to the console.',
  expired:
    'The link has expired: it works for 7 days. Open that of a newer mail or message, or log in to the console.',
  gone: 'The alarm or the contact of this link is no longer there. Log in to the console.',
  throttled: 'Too many tries: come back in 15 minutes, or log in to the console.',
  console: 'Open the console',
}

export const ACT_PAGE_WORDS: Readonly<Record<Language, ActPageWords>> = { zh, en }
