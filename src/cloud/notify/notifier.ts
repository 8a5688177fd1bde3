import type { Clock } from '../../support/clock.ts'
import type { Log } from '../../support/log.ts'
import { type ActLinks, LINK_MS, LINK_PATH } from './acts/act-link.ts'
import { type BounceStore, watchAddresses } from './bounce.ts'
import { type ChannelDeps, ChannelFailure, type Surroundings } from './channels/channel.ts'
import { openOutgoingHttp } from './channels/outgoing-http.ts'
import { Receivers } from './channels/receivers.ts'
import { type ChannelConfigs, openChannels, renderFor } from './channels/registry.ts'
import { Illustrator, type PictureSource } from './illustrator.ts'
import type { Notice } from './notice.ts'
import { isByPhone } from './people.ts'
import { Planner } from './planner.ts'
import {
  type Delivery,
  type Message,
  type OutboxStore,
  type PlanStore,
  RECEIVER_KINDS,
  type Receiver,
  type ReceiverStore,
} from './ports.ts'
import { type Readers, toReaders } from './reader-gone.ts'
import { sendTest, type TestOutcome } from './receiver-test.ts'
import type { ReminderStore } from './reminders/reminder.ts'
import { Sender, type SenderCounters } from './sender.ts'
import { SetBackWatch, type WaitStore } from './set-back.ts'
import type { TemplateBook } from './templates/template-book.ts'

/** Default of `NotifierOptions.windowMs`: convergence as users know it. */
export const CONVERGENCE_MS = 10 * 60_000
/**
 * Tries at the same time. More at a door than a channel has connections, so that these never wait for the store,
 * which takes the answers of several at once; more doors may hang than are likely to.
 */
const CONCURRENCY = { total: 256, perDoor: 32 }

export interface NotifierOptions {
  readonly plans: PlanStore
  readonly outbox: OutboxStore
  readonly receivers: ReceiverStore & {
    disableReceiver(environment: string, id: string, why: string, at: number): Promise<void>
  }
  /** Without it addresses that are refused are not disabled, and who was removed is told what waited. */
  readonly contacts?: BounceStore & Readers
  readonly clock: Clock
  readonly log: Log
  readonly channels: ChannelConfigs
  /** Receivers may have private and loopback addresses, and plain http. Default: no. */
  readonly allowPrivate?: boolean
  /** Of one kind of alarm one message within this time. */
  readonly windowMs?: number
  /** Without it mails have no pictures. */
  readonly pictures?: PictureSource
  /** How people reach the console: links in messages. */
  readonly publicUrl?: string
  /** Texts that people made; without it messages are ours. */
  readonly templates?: Pick<TemplateBook, 'said'>
  /** Without it nobody acts on alerts, and nothing escalates. */
  readonly reminders?: ReminderStore
  /** Without it messages may wait as long as the clock is set back. */
  readonly waits?: WaitStore
  /** Signs links by which readers of messages act; they need `publicUrl`. */
  readonly actLinks?: ActLinks
  /** A delivery was taken by its channel, at this instant of the clock. */
  readonly onSent?: (delivery: Delivery, at: number) => void
}

/** From saved alert changes to sent messages. */
export class Notifier {
  readonly #planner: Planner
  readonly #sender: Sender
  readonly #setBack: SetBackWatch | undefined
  readonly #log: Log
  readonly #hasMail: boolean
  readonly #deps: ChannelDeps
  readonly #render: (notice: Notice) => Message

  /** @throws {ChannelFailure} a channel's settings cannot be used. */
  constructor(options: NotifierOptions) {
    const { plans, outbox, clock, log, windowMs = CONVERGENCE_MS } = options
    const { contacts } = options
    const mail = openChannels(options.channels).map((channel) =>
      contacts
        ? toReaders(watchAddresses(channel, { store: contacts, clock, log }), contacts)
        : channel,
    )
    const render = renderer(options)
    this.#render = render
    this.#log = log
    this.#hasMail = mail.length > 0
    const http = openOutgoingHttp({ clock, allowPrivate: options.allowPrivate ?? false })
    this.#deps = { http, clock }
    const enabled = enabledOnly(options.receivers)
    const toReceivers = RECEIVER_KINDS.map((kind) => {
      const channel = new Receivers(kind, enabled, this.#deps)
      return contacts && isByPhone(kind) ? toReaders(channel, contacts) : channel
    })
    this.#sender = new Sender({
      ...{ store: outbox, clock, log, concurrency: CONCURRENCY },
      channels: [...mail, ...toReceivers],
      onSent: options.onSent ?? (() => {}),
      onDisabled: (delivery, why) => this.#disable(options, delivery, why),
    })
    const illustrator = options.pictures && new Illustrator(options.pictures)
    this.#planner = new Planner({
      ...{ store: plans, clock, log, windowMs },
      ...(options.reminders && { reminders: options.reminders }),
      ...(illustrator && { prepare: (news) => illustrator.prepare(news) }),
      render(notice) {
        const picture = illustrator?.of(notice.headline)
        return render(picture ? { ...notice, picture } : notice)
      },
      onPlanned: () => this.#sender.wake(),
    })
    const { waits: store } = options
    const onForward = (byMs: number) => this.#forward(byMs)
    this.#setBack = store && new SetBackWatch({ store, clock, log, onForward })
  }

  get counters(): SenderCounters {
    return this.#sender.counters
  }

  /** News that could not be planned. */
  get setAside(): number {
    return this.#planner.setAside
  }

  /** Why nothing is planned or sent; undefined: it is, as far as peers let us. */
  get trouble(): string | undefined {
    if (this.#planner.isFailing) return 'news cannot be planned'
    return this.#sender.isFailing ? 'the outbox cannot be used' : undefined
  }

  /** Takes up what an earlier process left. */
  start(): void {
    if (!this.#hasMail) this.#log.warn('no mail server is configured: mails wait, set `mail`')
    this.#setBack?.start()
    this.wake()
  }

  /** Alert changes were saved, or who is told was changed. */
  wake(): void {
    this.#planner.wake()
    this.#sender.wake()
  }

  /** Sends a test message to `receiver`, which need not be saved. Never rejects. */
  test(receiver: Receiver, environmentName: string): Promise<TestOutcome> {
    return sendTest(receiver, environmentName, this.#deps, this.#render)
  }

  /** Resolves when all that is known has been planned and tried. */
  async idle(): Promise<void> {
    await this.#planner.idle()
    await this.#sender.idle()
  }

  async stop(): Promise<void> {
    await this.#setBack?.stop()
    await this.#planner.stop()
    await this.#sender.stop()
    this.#deps.http.close()
  }

  #forward(byMs: number): void {
    this.#sender.bringForward(byMs)
    this.wake()
  }

  #disable({ receivers, clock, log }: NotifierOptions, delivery: Delivery, why: string): void {
    const { environment, to, channel } = delivery
    log.error(
      { environment, receiver: to, channel, why },
      'receiver disabled: save it again to try',
    )
    receivers
      .disableReceiver(environment, to, why, Math.floor(clock.now()))
      .catch((error: unknown) => log.error(error, 'receiver not disabled'))
  }
}

/** By the template there is, else as by default. */
function renderer(options: NotifierOptions): (notice: Notice) => Message {
  const surroundings = surroundingsOf(options)
  return (notice) => {
    const kind = notice.receiver?.kind ?? 'mail'
    const said = options.templates?.said(kind, notice, surroundings)
    return renderFor(kind)(notice, surroundings, said)
  }
}

function surroundingsOf({ publicUrl, actLinks, clock }: NotifierOptions): Surroundings {
  if (publicUrl === undefined) return {}
  const url = publicUrl.replace(/\/+$/, '')
  if (!actLinks) return { publicUrl: url }
  return {
    publicUrl: url,
    actLink({ environment, contact, headline: { kind, alert } }) {
      if (kind === 'resolved' || alert.state !== 'firing') return undefined
      const expiresAt = Math.floor(clock.now()) + LINK_MS
      const claim = { environment: environment.id, alert: alert.id, contact: contact.id, expiresAt }
      return `${url}${LINK_PATH}?link=${actLinks.sign(claim)}`
    },
  }
}

/** What waits for a disabled receiver waits on, and bothers nobody. */
function enabledOnly(store: ReceiverStore): ReceiverStore {
  return {
    async receiver(environment, id) {
      const receiver = await store.receiver(environment, id)
      const { disabled } = receiver ?? {}
      if (!disabled) return receiver
      const text = `${receiver?.name} is disabled until it is saved again: ${disabled.why}`
      throw new ChannelFailure('misconfigured', text)
    },
  }
}
