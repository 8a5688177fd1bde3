/** What a template may say of an alarm: a closed list, each with an example. */
import { serviceOf } from '../../../model/labels.ts'
import type { Alert, AlertChange } from '../../alerts/alert.ts'
import type { Surroundings } from '../channels/channel.ts'
import { localTime } from '../channels/local-time.ts'
import {
  addressesOf,
  contentOf,
  headlineRows,
  heldRows,
  type Reader,
  titleOf,
} from '../channels/news.ts'
import { consoleLink, levelOf } from '../channels/subject.ts'
import { durationText, WORDS } from '../channels/words.ts'
import type { Notice } from '../notice.ts'
import { nameFor } from '../policy.ts'
import type { Language } from '../ports.ts'

/** Times are texts in the reader's zone. A text that does not apply is empty. */
export function valuesOf(notice: Notice, { publicUrl }: Surroundings) {
  const { environment, policy, contact, headline, heldBack } = notice
  const { alert, at } = headline
  const { language, timeZone } = contact
  const reader: Reader = { language, words: WORDS[language], time: localTime(timeZone) }
  const { time, words } = reader
  const isOver = headline.kind === 'resolved'
  const firedAt = alert.firedAt ?? alert.activeAt
  const overAt = alert.resolvedAt ?? at
  return {
    environment: { id: environment.id, name: environment.name },
    policy: nameFor(policy, language),
    reader: contact.name,
    over: isOver,
    severity: alert.severity,
    level: levelOf(notice, reader),
    service: serviceOf(alert.labels),
    rule: alert.rule,
    title: titleOf(alert, reader),
    content: isOver ? contentOf(alert, reader) : (headlineRows(headline, reader)[0]?.content ?? ''),
    addresses: addressesOf(alert),
    value: alert.value,
    labels: alert.labels,
    time: time.text(at),
    fired_at: time.text(firedAt),
    resolved_at: isOver ? time.text(overAt) : '',
    lasted: isOver ? durationText(overAt - firedAt, words) : '',
    zone: time.zone(at),
    rows: headlineRows(headline, reader),
    held: {
      count: heldBack?.count ?? 0,
      since: heldBack ? time.text(heldBack.since) : '',
      rows: heldRows(notice, reader),
    },
    url: publicUrl === undefined ? '' : consoleLink(publicUrl, notice),
  }
}

export type Values = ReturnType<typeof valuesOf>

export interface VariableNote {
  readonly name: string
  readonly zh: string
  readonly en: string
}

const note = (name: string, zh: string, en: string): VariableNote => ({ name, zh, en })

/** In the order in which they are shown. */
export const VARIABLES: readonly VariableNote[] = [
  note('service', '服务，如 App.Server；可能为空', 'the service, App.Server; may be empty'),
  note('title', '告警标题', 'title of the alarm'),
  note('level', '级别；恢复时为“恢复”', 'the level; RESOLVED when it is over'),
  note('severity', '级别：ERROR、WARN、INFO', 'ERROR, WARN or INFO, also when it is over'),
  note('over', '是否已恢复，用于 {% if over %}', 'whether it is over, for {% if over %}'),
  note('content', '内容', 'what happened'),
  note('addresses', '节点地址；没有时为 -', 'addresses of nodes; - for none'),
  note('rule', '规则名', 'name of the rule'),
  note('value', '触发时的值', 'the value of the rule'),
  note('labels', '标签，如 labels.interface', 'labels, such as labels.interface'),
  note('time', '时间', 'time of the news'),
  note('fired_at', '告警时间', 'when it fired'),
  note('resolved_at', '恢复时间；未恢复时为空', 'when it was over; empty before'),
  note('lasted', '持续时间；未恢复时为空', 'how long it lasted; empty before it is over'),
  note('zone', '时区', 'the time zone of these times'),
  note(
    'rows',
    '事件列表，每行有 time、ip、title、content',
    'events, each with time, ip, title, content',
  ),
  note('held.count', '被屏蔽的同类告警条数', 'alarms of the same kind that were held back'),
  note('held.since', '其中最早一条的时间', 'since when'),
  note(
    'held.rows',
    '其中最近的，每行有 time、ip、title、content',
    'the newest of them, each with time, ip, title, content',
  ),
  note('environment.name', '环境名称', 'name of the environment'),
  note('environment.id', '实例ID', 'instance ID'),
  note('policy', '通知配置的名称', 'name of the notification'),
  note('reader', '收到此消息的联系人或渠道', 'who gets the message'),
  note(
    'url',
    '控制台中该告警的地址；未配置 public_url 时为空',
    'the alarm in the console; empty without public_url',
  ),
]

const SAMPLE_AT = 1_660_097_106_000
const HELD_MS = 600_000

/** Somebody's alarm: what examples and previews without one are of. */
export function sampleNotice(language: Language, isOver: boolean): Notice {
  const alert = sampleAlert()
  const fired: AlertChange = { kind: 'fired', at: SAMPLE_AT, receivedAt: SAMPLE_AT, alert }
  const overAt = SAMPLE_AT + HELD_MS
  const over: Alert = { ...alert, state: 'resolved', resolvedAt: overAt }
  const resolved: AlertChange = { kind: 'resolved', at: overAt, receivedAt: overAt, alert: over }
  const zh = language === 'zh'
  const id = 'al-sample0000'
  const name = zh ? '生产环境' : 'production'
  const policy = zh ? '默认通知' : 'default'
  const timeZone = 'Asia/Shanghai'
  const held = { changes: [fired], count: 2, since: SAMPLE_AT - HELD_MS }
  return {
    environment: { id, name },
    policy: { id: 'sample', environment: id, name: policy, services: ['*'], contacts: 'all' },
    contact: { id, environment: id, name: zh ? '张三' : 'Smith', email: '', language, timeZone },
    headline: isOver ? resolved : fired,
    ...(!isOver && { heldBack: held }),
  }
}

function sampleAlert(): Alert {
  return {
    ...{ id: 'sample', environment: 'al-sample0000', rule: 'FailureRatio', severity: 'ERROR' },
    ...{ state: 'firing', value: 0.43, activeAt: SAMPLE_AT, firedAt: SAMPLE_AT, events: [] },
    labels: { alertname: 'FailureRatio', callee: 'Shop.PayServer', interface: 'pay' },
    annotations: {
      title: '调用失败率高（pay）',
      title_en: 'failure ratio of pay',
      description: 'pay 有 43% 的调用失败',
      description_en: '43% of the calls to pay fail',
      addresses: '10.1.2.3 10.1.2.4',
    },
  }
}

/** All there is, filled in. */
export const SHAPE: Values = valuesOf(sampleNotice('zh', false), {
  publicUrl: 'https://alarm.example.com',
})
