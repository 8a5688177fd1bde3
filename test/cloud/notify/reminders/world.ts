/** Planner over the embedded store, with a clock that a test moves: alarms, people who act, and who was told what. */
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import type { Act } from '../../../../src/cloud/notify/acts/act.ts'
import { againTag } from '../../../../src/cloud/notify/channels/again.ts'
import { localTime } from '../../../../src/cloud/notify/channels/local-time.ts'
import { WORDS } from '../../../../src/cloud/notify/channels/words.ts'
import type { Notice } from '../../../../src/cloud/notify/notice.ts'
import { Planner } from '../../../../src/cloud/notify/planner.ts'
import type { EscalationStep, Policy } from '../../../../src/cloud/notify/policy.ts'
import type { Message } from '../../../../src/cloud/notify/ports.ts'
import { parseRouteTree } from '../../../../src/cloud/notify/routing/parse-route-tree.ts'
import type { Store } from '../../../../src/cloud/store/store.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { openIn } from '../../store/data-folder.ts'
import { AT, alert, change, contact, policy } from '../support/nouns.ts'

export const MINUTE = 60_000

export const step = (afterMinutes: number, whom: string, more: Partial<EscalationStep> = {}) => ({
  ...{ afterMinutes, unless: 'acknowledged' as const, contacts: [whom], groups: [], receivers: [] },
  ...more,
})

/** `reader: fired a + b`, with what made it come once more. */
function subjectOf(notice: Notice): string {
  const { contact: reader, headline, heldBack, again } = notice
  const words = { language: 'en', words: WORDS.en, time: localTime('UTC') } as const
  const why = again ? ` (${againTag(notice, words) || again.why})` : ''
  const held = (heldBack?.changes ?? []).map((one) => ` + ${one.alert.id}`).join('')
  return `${reader.name}: ${headline.kind} ${headline.alert.id}${held}${why}`
}

export class World {
  readonly clock: FakeClock
  readonly store: Store
  readonly environment: string
  readonly #planner: Planner

  private constructor(
    store: Store,
    environment: string,
    at: number,
    render = (notice: Notice): Message => ({ subject: subjectOf(notice), text: '', html: '' }),
  ) {
    this.clock = new FakeClock(at)
    this.store = store
    this.environment = environment
    this.#planner = new Planner({
      ...{ store: store.plans, reminders: store.reminders, clock: this.clock, log: silentLog },
      ...{ windowMs: 10 * MINUTE, render },
      onPlanned: () => {},
    })
  }

  /** A new one has contacts `zhang`, `li`, `wang`, and what the policy `p` says. */
  static async make(
    folder: string,
    of: Partial<Policy> = {},
    render?: (notice: Notice) => Message,
  ): Promise<World> {
    const store = await openIn(folder)
    const wanted = { name: 'env', framework: 'TARSFramework' } as const
    const { id } = await store.environments.createEnvironment(wanted, AT)
    for (const { id: old } of await store.policies.policies(id)) {
      await store.policies.removePolicy(id, old)
    }
    for (const name of ['zhang', 'li', 'wang']) {
      await store.contacts.saveContact(contact(name, { environment: id }))
    }
    await store.policies.savePolicy(policy('p', { environment: id, contacts: ['zhang'], ...of }))
    return new World(store, id, AT, render)
  }

  /** What an earlier process left, `minute` minutes after its start. */
  static async again(folder: string, minute: number): Promise<World> {
    const store = await openIn(folder)
    const [environment] = await store.environments.environments()
    return new World(store, environment?.id ?? '', AT + minute * MINUTE)
  }

  alert(id: string, more: Partial<Alert> = {}): Alert {
    return alert(id, { environment: this.environment, firedAt: this.clock.now(), ...more })
  }

  async news(kind: 'fired' | 'resolved', of: Alert): Promise<void> {
    const news = change(kind, this.clock.now(), of)
    await this.store.alerts.saveEvaluation({
      progress: { environment: this.environment, group: 'g', evaluatedAt: this.clock.now() },
      ...{ alerts: [news.alert], dropped: [], changes: [news] },
    })
    await this.settle()
  }

  async act(id: string, kind: Act['kind'], minutes = 0): Promise<void> {
    const at = this.clock.now()
    const until = kind === 'snooze' ? { until: at + minutes * MINUTE } : {}
    const act = { environment: this.environment, alert: id, kind, at, by: 'anna', note: '' }
    await this.store.reminders.saveAct({ ...act, ...until })
    await this.settle()
  }

  /** The tree of routes from now on. */
  async route(text: string): Promise<void> {
    const contacts = await this.store.contacts.contacts(this.environment)
    const { tree, faults } = parseRouteTree(text, { contacts, groups: [], receivers: [] })
    if (!tree) throw new RangeError(JSON.stringify(faults))
    const saved = { version: 1, text, author: 'anna', savedAt: this.clock.now() }
    await this.store.routeTrees.saveRouteTree(this.environment, saved, tree)
  }

  /** All alarms of the rule, from now on. */
  async mute(minutes: number): Promise<void> {
    const now = this.clock.now()
    await this.store.mutes.saveMute({
      ...{ id: 'm', environment: this.environment, from: now, to: now + minutes * MINUTE },
      matchers: [{ name: 'alertname', op: '=', value: 'FailureRatio' }],
      ...{ reason: 'upgrade', author: 'anna', createdAt: now },
    })
  }

  /** Minute by minute, so that what falls due is planned when it does. */
  async until(minute: number): Promise<void> {
    while (this.clock.now() < AT + minute * MINUTE) {
      this.clock.advance(MINUTE)
      await this.#planner.idle()
    }
  }

  async settle(): Promise<void> {
    this.#planner.wake()
    await this.#planner.idle()
  }

  /** `minute subject`, in the order in which they were planned. */
  async told(): Promise<string[]> {
    const { environment } = this
    const all = await this.store.reads.deliveries({ environment, limit: 1_000 })
    return all
      .map(({ plannedAt, message }) => `${(plannedAt - AT) / MINUTE} ${message.subject}`)
      .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
  }

  /** Reasons of the trace, oldest first, of these stages. */
  async reasons(id: string, ...stages: string[]): Promise<string[]> {
    const traces = await this.store.traces.trace(this.environment, id, 100)
    return traces
      .reverse()
      .flatMap(({ lines }) => lines)
      .filter(({ stage }) => stages.includes(stage))
      .map(({ reason }) => reason)
  }

  async close(): Promise<void> {
    await this.#planner.stop()
    await this.store.close()
  }
}
