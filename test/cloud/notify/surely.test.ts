/** Whatever fails and whenever the process dies: every fired alert is told, none twice without a mark. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import type { Severity } from '../../../src/cloud/alerts/alert.ts'
import { ChannelFailure } from '../../../src/cloud/notify/channels/channel.ts'
import type { Notice } from '../../../src/cloud/notify/notice.ts'
import { Planner } from '../../../src/cloud/notify/planner.ts'
import type { Delivery, Message, OutboxStore, PlanStore } from '../../../src/cloud/notify/ports.ts'
import { Sender } from '../../../src/cloud/notify/sender.ts'
import type { Labels } from '../../../src/model/labels.ts'
import { silentLog } from '../../../src/support/log.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryStore } from './support/memory-store.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'
import { ScriptedChannel } from './support/scripted-channel.ts'

const WINDOW_MS = 600_000

type Try = 'taken' | 'busy' | 'taken, no answer' | 'no connection'

type Move =
  | { readonly do: 'fire'; readonly service: string; readonly node: string; readonly warn: boolean }
  | { readonly do: 'resolve'; readonly nth: number }
  | { readonly do: 'wait'; readonly ms: number }
  /** The process dies after this many more calls of store and channel; `after`: the call was done. */
  | { readonly do: 'die'; readonly calls: number; readonly after: boolean }

const moves = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('fire' as const),
        service: fc.constantFrom('Shop.Pay', 'Shop.Cart', ''),
        node: fc.constantFrom('', 'n1', 'n2'),
        warn: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('resolve' as const), nth: fc.nat(30) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(1, 5_000, 60_000, WINDOW_MS - 1, WINDOW_MS, 2 * WINDOW_MS),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('die' as const),
        calls: fc.nat(12),
        after: fc.boolean(),
      }),
    },
  ),
  { maxLength: 40 },
)
const tries = fc.array(
  fc.constantFrom<Try>('taken', 'taken', 'busy', 'taken, no answer', 'no connection'),
  { maxLength: 30 },
)

/** A world in which processes die: what outlives them is the store, the clock and the mail box. */
class World {
  readonly clock = new FakeClock(AT)
  readonly store = new MemoryStore()
  readonly mailbox: Delivery[] = []
  /** Alerts that fired, and whether they are over. */
  readonly fired = new Map<string, { labels: Labels; severity: Severity; over: boolean }>()
  readonly #tries: Try[]
  #doom: { calls: number; after: boolean } | undefined
  #process = 0
  #planner: Planner
  #sender: Sender

  constructor(tries: readonly Try[]) {
    this.#tries = [...tries]
    this.store.audiences.set(ENVIRONMENT, {
      environmentName: 'env',
      policies: [policy('all'), policy('shop', { services: ['Shop'], contacts: ['li'] })],
      contacts: [contact('zhang'), contact('li')],
    })
    ;[this.#planner, this.#sender] = this.#start()
  }

  async play(move: Move): Promise<void> {
    if (move.do === 'fire') this.#fire(move)
    if (move.do === 'resolve') this.#resolve(move.nth)
    if (move.do === 'die') this.#doom = move
    if (move.do === 'wait') this.clock.advance(move.ms)
    this.#planner.wake()
    await turn()
  }

  /** No more deaths; time passes until all is told. */
  async settle(): Promise<void> {
    this.#doom = undefined
    this.#tries.length = 0
    for (let step = 0; step < 60; step++) {
      this.#planner.wake()
      this.#sender.wake()
      this.clock.advance(60_000)
      await turn()
    }
  }

  #fire({ service, node, warn }: Move & { do: 'fire' }): void {
    const id = `a${this.fired.size}`
    const labels = { ...(service && { callee: service }), ...(node && { node }) }
    const severity = warn ? 'WARN' : 'ERROR'
    const fresh = alert(id, { labels, severity })
    this.fired.set(id, { labels, severity, over: false })
    this.store.saveChange(change('fired', this.clock.now(), fresh))
  }

  #resolve(nth: number): void {
    const [id, one] = [...this.fired].filter(([, { over }]) => !over)[nth] ?? []
    if (id === undefined || one === undefined) return
    one.over = true
    const of = alert(id, { labels: one.labels, severity: one.severity })
    this.store.saveChange(change('resolved', this.clock.now(), of))
  }

  #start(): [Planner, Sender] {
    const process = ++this.#process
    const mortal = <T extends unknown[], R>(call: (...given: T) => Promise<R>) =>
      this.#mortal(process, call)
    const { store, clock } = this
    const plans: PlanStore = {
      pendingChanges: mortal((limit, now, except) => store.pendingChanges(limit, now, except)),
      firstHoldEnd: mortal(() => store.firstHoldEnd()),
      audience: mortal((environment) => store.audience(environment)),
      convergences: mortal((kinds) => store.convergences(kinds)),
      dueConvergences: mortal((now, limit, except) => store.dueConvergences(now, limit, except)),
      firstDigestDue: mortal(() => store.firstDigestDue()),
      toldOf: mortal((ids) => store.toldOf(ids)),
      overOf: mortal((environment, ids) => store.overOf(environment, ids)),
      firing: mortal((environment) => store.firing(environment)),
      savePlans: mortal((plans) => store.savePlans(plans)),
    }
    const outbox: OutboxStore = {
      lanes: mortal(() => store.lanes()),
      claim: mortal((claim) => store.claim(claim)),
      finish: mortal((results) => store.finish(results)),
    }
    const channel = new ScriptedChannel(mortal((delivery) => this.#mail(delivery)))
    const log = silentLog
    const sender = new Sender({
      store: outbox,
      clock,
      log,
      channels: [channel],
      concurrency: { total: 2, perDoor: 2 },
      onSent: () => {},
    })
    const planner = new Planner({
      store: plans,
      clock,
      log,
      windowMs: WINDOW_MS,
      render: summary,
      onPlanned: () => sender.wake(),
    })
    return [planner, sender]
  }

  async #mail(delivery: Delivery): Promise<string> {
    const how = this.#tries.shift() ?? 'taken'
    if (how.startsWith('taken')) this.mailbox.push(delivery)
    if (how === 'taken') return '250'
    if (how === 'busy') throw new ChannelFailure('busy', '451')
    throw new ChannelFailure('unreachable', 'connection lost', how === 'taken, no answer')
  }

  /** A call that a dead process makes, or dies of, never returns. */
  #mortal<T extends unknown[], R>(process: number, call: (...given: T) => Promise<R>) {
    return async (...given: T): Promise<R> => {
      const dies = this.#process === process && this.#doom && this.#doom.calls-- <= 0
      if (this.#process !== process) return new Promise<R>(() => {})
      if (!dies) return call(...given)
      const { after } = this.#doom ?? { after: false }
      this.#doom = undefined
      if (after) await call(...given).catch(() => {})
      ;[this.#planner, this.#sender] = this.#start()
      this.#planner.wake()
      this.#sender.wake()
      return new Promise<R>(() => {})
    }
  }
}

/** Kind, and the ids of the alerts that it shows as over. */
function summary({ headline, heldBack }: Notice): Message {
  const told = [headline, ...(heldBack?.changes ?? [])].map((one) => one.alert)
  const over = told.filter(({ resolvedAt }) => resolvedAt !== undefined).map(({ id }) => id)
  return { subject: headline.kind, text: over.join(' '), html: '' }
}

describe('surely', () => {
  it('every fired alert is told to each contact once; twice only with a mark', async () => {
    await fc.assert(
      fc.asyncProperty(moves, tries, async (played, answers) => {
        const world = new World(answers)
        for (const move of played) await world.play({ ...move })
        await world.settle()
        check(world)
      }),
      { numRuns: 150 },
    )
  })
})

function check({ store, mailbox, fired }: World): void {
  const all = [...store.deliveries.values()]
  const arrived = Map.groupBy(mailbox, ({ id }) => id)
  for (const { id, state, maybeRepeated } of all) {
    assert.equal(state, 'sent', `${id} is ${state}`)
    const times = arrived.get(id)?.length ?? 0
    assert.ok(times >= 1, `${id} never arrived`)
    assert.ok(times === 1 || maybeRepeated, `${id} arrived ${times} times without a mark`)
  }
  for (const [id, { labels, over }] of fired) {
    const services = labels.callee ? ['all zhang', 'all li', 'shop li'] : ['all zhang', 'all li']
    const about = all.filter(({ alerts }) => alerts.includes(id))
    const alarms = about.filter(({ message }) => message.subject === 'fired')
    const ends = about.filter(({ message }) => message.subject === 'resolved')
    assert.deepEqual(alarms.map(nameOf).sort(), services.sort(), `who was told of ${id}`)
    // Who was told of it as firing hears the end; who was told when it was over does not.
    const open = alarms.filter(({ message }) => over && !message.text.split(' ').includes(id))
    assert.deepEqual(ends.map(nameOf).sort(), open.map(nameOf).sort(), `the end of ${id}`)
  }
}

function nameOf({ policy: under, contact: to }: Delivery): string {
  return `${under} ${to}`
}
