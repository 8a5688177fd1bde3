/** The fixed words of messages, in the languages of the readers. */
import type { Language } from '../ports.ts'

const zh = {
  time: '时间',
  ip: 'IP',
  title: '标题',
  content: '内容',
  firedAt: '告警时间',
  resolvedAt: '恢复时间',
  lasted: '持续时间',
  resolvedLevel: '恢复',
  alarmHeading: (name: string) => `【${name}】服务告警`,
  resolvedHeading: (name: string) => `【${name}】告警恢复`,
  heldHeading: (name: string, since: string, count: number) =>
    `【${name}】被屏蔽的同类型历史告警【自${since}起，共${count}条】`,
  heldMore: (shown: number, more: number) => `以上为最近${shown}条，另有${more}条更早的未列出。`,
  notify: (server: string, text: string) => `[${server}]:最近60秒，服务异常告警:${text}。`,
  times: (count: number) => `（同一时刻共${count}条）`,
  overAt: (time: string) => `（已于${time}恢复）`,
  zone: (zone: string) => `时区 ${zone}`,
  open: '在控制台查看该告警',
  act: '确认 / 暂停 / 关闭该告警',
  othersHeading: (name: string, since: string, count: number) =>
    `【${name}】其他告警【自${since}起，共${count}条】`,
  escalated: (step: number) => `升级${step}`,
  escalation: (step: number, steps: number) => `升级通知，第${step}步（共${steps}步）：`,
  notAcknowledged: (since: string) => `${since}通知后没有人确认。`,
  notDelivered: (since: string) => `${since}的通知没有送达任何人。`,
  snoozeOver: (since: string) => `${since}起暂停的通知已到时间，仍在告警。`,
  footer: (policy: string, contact: string) =>
    `由 TARS 云告警发送：您（${contact}）是通知配置「${policy}」的联系人。`,
  instance: (environment: string, id: string) => `环境 ${environment}，实例ID ${id}`,
  duration: ['秒', '分', '小时', '天'],
}

export type Words = typeof zh

const en: Words = {
  time: 'Time',
  ip: 'IP',
  title: 'Title',
  content: 'Content',
  firedAt: 'Fired',
  resolvedAt: 'Resolved',
  lasted: 'Lasted',
  resolvedLevel: 'RESOLVED',
  alarmHeading: (name) => `【${name}】Service alarm`,
  resolvedHeading: (name) => `【${name}】Alarm resolved`,
  heldHeading: (name, since, count) =>
    `【${name}】Held-back alarms of the same kind【since ${since}, ${count} in all】`,
  heldMore: (shown, more) => `These are the newest ${shown}; ${more} older ones are not listed.`,
  notify: (server, text) => `[${server}]: last 60 s, service error: ${text}`,
  times: (count) => ` (${count} at that time)`,
  overAt: (time) => ` (resolved at ${time})`,
  zone: (zone) => `Time zone ${zone}`,
  open: 'Open this alarm in the console',
  act: 'Acknowledge, snooze or close this alarm',
  othersHeading: (name, since, count) =>
    `【${name}】Other alarms【since ${since}, ${count} in all】`,
  escalated: (step) => `escalation ${step}`,
  escalation: (step, steps) => `Escalation, step ${step} of ${steps}: `,
  notAcknowledged: (since) => `told at ${since}, and nobody acknowledged it.`,
  notDelivered: (since) => `what was told at ${since} reached nobody.`,
  snoozeOver: (since) => `It was snoozed at ${since}; that is over, and it still fires.`,
  footer: (policy, contact) =>
    `Sent by TARS Alarm: you (${contact}) are a contact of the notification “${policy}”.`,
  instance: (environment, id) => `Environment ${environment}, instance ID ${id}`,
  duration: [' s', ' min', ' h', ' d'],
}

export const WORDS: Readonly<Record<Language, Words>> = { zh, en }

/** `5分20秒`, `1 h 5 min`: the two largest units. */
export function durationText(ms: number, { duration }: Words): string {
  const total = Math.max(0, Math.round(ms / 1000))
  const values = [total % 60, Math.floor(total / 60) % 60, Math.floor(total / 3600) % 24]
  values.push(Math.floor(total / 86_400))
  const largest = Math.max(
    0,
    values.findLastIndex((value) => value > 0),
  )
  return [largest, largest - 1]
    .filter((unit) => unit >= 0 && (unit === largest || (values[unit] ?? 0) > 0))
    .map((unit) => `${values[unit]}${duration[unit]}`)
    .join(duration[0]?.startsWith(' ') ? ' ' : '')
}
