/**
 * When the first report arrived that shows the fault behind an alarm: what detection is measured from.
 * Of a failure ratio: the report with which failures of the last minute pass the rule's limits. Of a dead
 * server: the first failing report of a client after the server's own last one. Of a notify: the notify.
 */
import { NotifyF } from '../../src/tars/idl/notify-f.ts'
import { StatF } from '../../src/tars/idl/stat-f.ts'
import { decodePacket } from '../../src/tars/packet.ts'
import type { RecordedPacket } from './recording.ts'

interface Alarm {
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
}

type Reported = ReturnType<typeof StatF.reportMicMsg.request.decode>

const MINUTE_MS = 60_000

export class Evidence {
  /** Of `callee/interface`: what its clients reported within the last minute. */
  readonly #recent = new Map<string, { atMs: number; calls: number; failures: number }[]>()
  readonly #ownReports = new Map<string, number>()
  readonly #shown = new Map<string, number[]>()

  /** Takes a report that arrived at `atMs`, whatever sent it. */
  see({ feed, packet, atMs }: RecordedPacket): void {
    const { body } = decodePacket(packet)
    if (feed === 'stat') this.#seeStat(StatF.reportMicMsg.request.decode(body), atMs)
    if (feed === 'notify') {
      const { info } = NotifyF.reportNotifyInfo.request.decode(body)
      this.complained(`${info.sApp}.${info.sServer}`, atMs)
    }
  }

  /** A server reported trouble by notify. */
  complained(module: string, atMs: number): void {
    this.#show(`NotifyError ${module}`, atMs)
  }

  /** The newest showing report at or before `firedAtMs` that began it; undefined when none was seen. */
  of({ rule, labels }: Alarm, firedAtMs: number): number | undefined {
    const subject =
      rule === 'FailureRatio'
        ? `${labels.callee}/${labels.interface}`
        : (labels.callee ?? labels.module)
    return this.#shown.get(`${rule} ${subject}`)?.findLast((atMs) => atMs <= firedAtMs)
  }

  #seeStat({ msg, bFromClient }: Reported, atMs: number): void {
    for (const [{ slaveName, interfaceName }, body] of msg) {
      const failures = body.timeoutCount + body.execCount
      if (!bFromClient) this.#ownReports.set(slaveName, atMs)
      else
        this.#seeCalls(slaveName, interfaceName, { atMs, calls: body.count + failures, failures })
    }
  }

  #seeCalls(
    callee: string,
    name: string,
    report: { atMs: number; calls: number; failures: number },
  ): void {
    const { atMs } = report
    const key = `${callee}/${name}`
    const recent = (this.#recent.get(key) ?? []).filter((past) => past.atMs > atMs - MINUTE_MS)
    const failing = () => {
      const failures = recent.reduce((sum, past) => sum + past.failures, 0)
      const calls = recent.reduce((sum, past) => sum + past.calls, 0)
      return failures >= 10 && failures >= 0.2 * calls
    }
    const before = failing()
    recent.push(report)
    this.#recent.set(key, recent)
    if (!before && failing()) this.#show(`FailureRatio ${key}`, atMs)
    const own = this.#ownReports.get(callee)
    const since = this.#shown.get(`ServiceDown ${callee}`)?.at(-1) ?? 0
    // Failures while the server still reports are no sign of its death; one report interval is 10 s.
    if (own !== undefined && report.failures > 0 && atMs > own + 15_000 && since < own) {
      this.#show(`ServiceDown ${callee}`, atMs)
    }
  }

  #show(key: string, atMs: number): void {
    this.#shown.set(key, [...(this.#shown.get(key) ?? []), atMs])
  }
}
