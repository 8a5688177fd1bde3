/** Which messages news would have become: the decisions of `cloud/notify`, in the time of the data. */
import { serviceOf } from '../../model/labels.ts'
import type { UnixMs } from '../../model/time.ts'
import type { AlertChange, Severity } from '../alerts/alert.ts'
import { deliveryOf, toldBy } from '../notify/delivery.ts'
import { kindFor, kindKey } from '../notify/kind.ts'
import type { Notice } from '../notify/notice.ts'
import { concerned, decide, decideDigest } from '../notify/pipeline.ts'
import type { Audience, Convergence, Told as ToldOf } from '../notify/ports.ts'
import type { Envelope, Facts } from '../notify/stages/stage.ts'

/** One message to one contact. */
export interface Told {
  readonly at: UnixMs
  /** `digest`: what was held back, at the end of its window. */
  readonly kind: AlertChange['kind'] | 'digest'
  readonly policy: string
  readonly contact: string
  readonly rule: string
  readonly service: string
  readonly severity: Severity
  /** Of how many pieces of news it tells. */
  readonly news: number
}

export interface MailingOptions {
  readonly audience: Audience
  /** Of one kind one message within this time. */
  readonly windowMs: number
  readonly onTold: (told: Told) => void
}

export class Mailing {
  readonly #options: MailingOptions
  /** By `kindKey`. */
  readonly #convergences = new Map<string, Convergence>()
  /** Who was told of an alert that is not over. */
  readonly #toldOf = new Map<string, Omit<ToldOf, 'alert'>[]>()

  constructor(options: MailingOptions) {
    this.#options = options
  }

  /** In the order of time. */
  take(change: AlertChange): void {
    this.until(change.at)
    const { alert } = change
    const convergences = concerned(change, this.#options.audience).flatMap(
      (policy) => this.#convergences.get(kindKey(kindFor(alert, policy))) ?? [],
    )
    const toldOf = change.kind === 'resolved' ? (this.#toldOf.get(alert.id) ?? []) : []
    const facts = { ...this.#facts(change.at), convergences, toldOf }
    this.#keep(decide(change, facts), change.kind, change.at)
  }

  /** The alert is over, and all its news was taken. */
  forget(alert: string): void {
    this.#toldOf.delete(alert)
  }

  /** Time has come so far: windows end. */
  until(at: UnixMs): void {
    const { windowMs } = this.#options
    const endOf = ({ toldAt, dueAt }: Convergence) => dueAt ?? toldAt + windowMs
    for (;;) {
      const over = [...this.#convergences.values()].filter((each) => endOf(each) <= at)
      const due = over
        .filter(({ dueAt }) => dueAt !== undefined)
        .sort((a, b) => endOf(a) - endOf(b))
      // A window that is over and holds nothing back says nothing any more.
      for (const { kind, heldCount, dueAt } of over) {
        if (heldCount === 0 && dueAt === undefined) this.#convergences.delete(kindKey(kind))
      }
      const [first] = due
      if (!first) return
      this.#keep(decideDigest(first, this.#facts(endOf(first))), 'digest', endOf(first))
    }
  }

  #facts(at: UnixMs): Facts {
    const { audience, windowMs } = this.#options
    return { at, windowMs, audience, convergences: [], toldOf: [] }
  }

  #keep({ notices, convergences }: Envelope, kind: Told['kind'], at: UnixMs): void {
    for (const each of convergences) this.#convergences.set(kindKey(each.kind), each)
    for (const notice of notices) this.#tell(notice, kind, at)
  }

  #tell(notice: Notice, kind: Told['kind'], at: UnixMs): void {
    const { policy, contact, headline, heldBack } = notice
    const who = toldBy(deliveryOf(notice, ''))
    const { rule, labels, severity } = headline.alert
    for (const { alert } of [headline, ...(heldBack?.changes ?? [])]) {
      if (alert.state === 'resolved') continue
      const told = this.#toldOf.get(alert.id) ?? []
      this.#toldOf.set(alert.id, [...told, who])
    }
    this.#options.onTold({
      ...{ at, kind, rule, severity, policy: policy.name, contact: contact.name },
      service: serviceOf(labels),
      news: 1 + (heldBack?.count ?? 0),
    })
  }
}
