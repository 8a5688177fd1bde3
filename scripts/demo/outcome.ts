/** What a run of the demo came to: the line of `--json`, and whether the mails that must come came. */
import type { Alarm, Delivery } from './console.ts'
import type { Evidence } from './evidence.ts'
import type { Mail } from './mailbox.ts'

export interface Outcome {
  readonly records: number
  readonly batches: number
  readonly alarms: readonly {
    name: string
    labels: Readonly<Record<string, string>>
    atMs: number
  }[]
  readonly mails: readonly { to: string; subject: string; atMs: number }[]
  /** Data time from the first report that shows a fault to the SMTP server's 250. */
  readonly detection_ms: Spread
  /** Real time from a batch's arrival at the cloud to the 250. */
  readonly cloud_ms: Spread
}

interface Spread {
  readonly median: number | null
  readonly max: number | null
}

/** An alarm that fired, with the messages that told of it. */
export interface ToldAlarm extends Alarm {
  readonly deliveries: readonly Delivery[]
}

export function outcomeOf(run: {
  readonly startedAt: number
  readonly speed: number
  readonly records: number
  readonly batches: number
  readonly alarms: readonly ToldAlarm[]
  readonly mails: readonly Mail[]
  readonly evidence: Evidence
}): Outcome {
  const { startedAt, speed, alarms, mails, evidence } = run
  const fired = alarms
    .flatMap((alarm) =>
      alarm.firedAtMs === undefined ? [] : [{ ...alarm, firedAtMs: alarm.firedAtMs }],
    )
    .sort((a, b) => a.firedAtMs - b.firedAtMs)
  const detections = fired.flatMap((alarm) => {
    const shownAt = evidence.of(alarm, alarm.firedAtMs - startedAt)
    const told = Math.min(...alarm.deliveries.map((delivery) => delivery.sentAtMs ?? Infinity))
    return shownAt === undefined || told === Infinity ? [] : [told - startedAt - shownAt]
  })
  const sent = new Map(fired.flatMap(({ deliveries }) => deliveries.map((each) => [each.id, each])))
  const cloud = [...sent.values()].flatMap(({ sentAtMs, receivedAtMs }) =>
    sentAtMs === undefined ? [] : [(sentAtMs - receivedAtMs) / speed],
  )
  return {
    records: run.records,
    batches: run.batches,
    alarms: fired.map(({ rule, labels, firedAtMs }) => ({
      name: rule,
      labels,
      atMs: firedAtMs - startedAt,
    })),
    mails: mails.map(({ to, subject, receivedAt }) => ({
      to,
      subject,
      atMs: Math.round(receivedAt - startedAt),
    })),
    detection_ms: spread(detections),
    cloud_ms: spread(cloud),
  }
}

/** Mails without which a run of the default recording has failed. */
const DUE = [
  { what: 'NotifyError RigNode.HelloServer', subject: /RigNode\.HelloServer.*down.*-ERROR$/ },
  {
    what: 'ServiceDown RecApp.HelloServer',
    subject: /RecApp\.HelloServer-(服务宕机|service down)-ERROR$/,
  },
  { what: 'the fault in DemoApp.PayServer', subject: /DemoApp\.PayServer-.*-ERROR$/ },
] as const

/** What of it did not come. */
export function missingMails(mails: readonly Mail[]): string[] {
  return DUE.filter(({ subject }) => !mails.some((mail) => subject.test(mail.subject))).map(
    ({ what }) => what,
  )
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)]
  const largest = sorted.at(-1)
  return {
    median: middle === undefined ? null : Math.round(middle),
    max: largest === undefined ? null : Math.round(largest),
  }
}
