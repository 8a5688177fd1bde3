/** Deliveries on their way out: waiting → sending (leased) → sent, failed or waiting again. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Lane, Share } from '../notify/lane.ts'
import type { ChannelKind, Claim, Delivery, OutboxStore, Outcome, Result } from '../notify/ports.ts'
import { fromJson } from './column.ts'
import { deliveryOf } from './delivery-row.ts'
import { queueBehind } from './ends.ts'
import { inBatches } from './rows.ts'
import type { Database } from './tables.ts'
import { saveTraces } from './traces.ts'

// Word for word the condition of the index `deliveries_open`.
const OPEN = sql<boolean>`state in ('waiting', 'sending')`

const FAILED_MS = 3_600_000
const WAITS_MS = 10 * 60_000
/** Nothing waits for longer: it is given up after 3 days. */
const GIVE_UP_MS = 4 * 86_400_000
const MAX_FAILING = 100
/** As `notify/verification.ts` has it. */
export const VERIFICATION = 'verification'

/** Who does not take what is sent there. */
export interface FailingDoor {
  readonly channel: ChannelKind
  /** As deliveries have it: an address, or the id of a receiver. */
  readonly to: string
  readonly deliveries: number
}

export class Outbox implements OutboxStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** By their names: a step of the index for each, however many deliveries they hold. */
  async lanes(): Promise<Lane[]> {
    const { rows } = await sql<{ lane: string; due_at: UnixMs }>`
      with recursive found (lane) as (
        select min(lane) from deliveries where ${OPEN}
        union all
        select (select min(lane) from deliveries where ${OPEN} and lane > found.lane)
        from found where found.lane is not null
      )
      select lane, (
        select min(due_at) from deliveries where ${OPEN} and deliveries.lane = found.lane
      ) as due_at
      from found where lane is not null`.execute(this.#db)
    return rows.map(({ lane, due_at }) => ({ lane, dueAt: due_at }))
  }

  /** Of each lane those due the longest; in the order they were planned. `attempts` counts the try that begins. */
  async claim(claim: Claim): Promise<Delivery[]> {
    const claimed = await this.#db.transaction().execute(async (trx) => {
      const rows = []
      await finishAll(trx, claim.results ?? [])
      for (const share of claim.shares) rows.push(...(await claimShare(trx, claim, share)))
      return rows
    })
    return claimed
      .map(deliveryOf)
      .sort((a, b) => a.plannedAt - b.plannedAt || (a.id < b.id ? -1 : 1))
  }

  /**
   * What was sent stays sent, even when the lease had run out and another try failed meanwhile; any
   * other outcome counts only while the delivery is being sent.
   */
  async finish(results: readonly Result[]): Promise<void> {
    await this.#db.transaction().execute((trx) => finishAll(trx, results))
  }

  /**
   * Of the last hour those that were refused for good, and those that wait since 10 min or longer. Mails that ask for a
   * confirmation are no alarms: an address that was mistyped is told at its contact. Who was removed needs nothing.
   */
  async failing(environment: string, at: UnixMs): Promise<FailingDoor[]> {
    const rows = await this.#db
      .selectFrom('deliveries')
      .select(({ fn }) => ['channel', 'to_address', fn.countAll<number>().as('count')])
      // Word for word the condition of the index `deliveries_untaken`.
      .where(sql<boolean>`state != 'sent'`)
      .where(hasReader)
      .where('environment', '=', environment)
      .where('policy', '!=', VERIFICATION)
      .where('planned_at', '>=', at - GIVE_UP_MS)
      .where(({ eb, or, and }) =>
        or([
          and([eb('state', '=', 'failed'), eb('planned_at', '>=', at - FAILED_MS)]),
          and([eb('state', '!=', 'failed'), eb('planned_at', '<=', at - WAITS_MS)]),
        ]),
      )
      .groupBy(['channel', 'to_address'])
      .orderBy('channel')
      .orderBy('to_address')
      .limit(MAX_FAILING)
      .execute()
    return rows.map(({ channel, to_address, count }) => ({
      ...{ channel, to: to_address, deliveries: Number(count) },
    }))
  }

  /**
   * Leases end at `now`. For the start of the only process that sends: they are of one that died, and
   * what it was sending need not wait.
   */
  async endLeases(now: UnixMs): Promise<void> {
    await this.#db
      .updateTable('deliveries')
      .set({ due_at: now })
      .where('state', '=', 'sending')
      .where('due_at', '>', now)
      .execute()
  }
}

/** One statement: whoever comes second on another connection finds `due_at` moved and gets none of them. */
function claimShare(db: Database, { now, leaseMs, except = [] }: Claim, { lane, limit }: Share) {
  return db
    .updateTable('deliveries')
    .set((e) => ({
      state: 'sending',
      attempts: e('attempts', '+', 1),
      due_at: now + leaseMs,
      maybe_repeated: sql<number>`case when state = 'sending' then 1 else maybe_repeated end`,
    }))
    .where('id', 'in', (e) =>
      e
        .selectFrom('deliveries')
        .select('id')
        .where(OPEN)
        .where('lane', '=', lane)
        .where('due_at', '<=', now)
        .$if(except.length > 0, (due) => due.where('id', 'not in', except))
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit),
    )
    .where(OPEN)
    .where('due_at', '<=', now)
    .returningAll()
    .execute()
}

async function finishAll(db: Database, results: readonly Result[]): Promise<void> {
  const taken = results.flatMap(({ id, outcome }) =>
    outcome.state === 'sent' ? { id, ...outcome } : [],
  )
  await inBatches(taken, (batch) => finishTaken(db, batch))
  for (const result of results) if (result.outcome.state !== 'sent') await finishOne(db, result)
}

/** Most are: one statement for all. */
async function finishTaken(
  db: Database,
  taken: readonly { readonly id: string; readonly at: UnixMs; readonly answer: string }[],
): Promise<void> {
  const rows = taken.map(({ id, at, answer }) => sql`(${id}, ${at}, ${answer})`)
  await sql`
    with taken (id, sent_at, answer) as (values ${sql.join(rows)})
    update deliveries set state = 'sent', sent_at = taken.sent_at, answer = taken.answer
    from taken where deliveries.id = taken.id and state != 'sent'`.execute(db)
}

async function finishOne(db: Database, { id, outcome }: Result): Promise<void> {
  const { state, answer } = outcome
  if (outcome.state === 'failed' && outcome.unsent) await traceUnsent(db, id, outcome)
  const finish = db.updateTable('deliveries').set({ state, answer }).where('id', '=', id)
  if (outcome.state === 'waiting') {
    const { dueAt, maybeRepeated } = outcome
    await finish
      .set({ due_at: dueAt, ...(maybeRepeated && { maybe_repeated: 1 }) })
      .where('state', '=', 'sending')
      .execute()
    await queueBehind(db, id, dueAt)
  } else {
    await finish.where('state', '=', 'sending').execute()
  }
}

/** The traces of its alerts say why nobody is told. */
async function traceUnsent(
  db: Database,
  id: Delivery['id'],
  { at, unsent }: Extract<Outcome, { state: 'failed' }>,
): Promise<void> {
  const found = await db
    .selectFrom('deliveries')
    .select(['environment', 'policy', 'contact', 'alerts'])
    .where('id', '=', id)
    .where('state', '=', 'sending')
    .executeTakeFirst()
  if (!found || !unsent) return
  const { environment, policy, contact } = found
  const line = { stage: 'address', verdict: 'drop', reason: unsent } as const
  const lines = [{ ...line, policies: policy === '' ? [] : [policy], contacts: [contact] }]
  const traces = fromJson<string[]>(found.alerts).map((alert) => ({
    environment,
    alert,
    at,
    lines,
  }))
  await saveTraces(
    db,
    traces.map((trace) => ({ ...trace, kind: 'unsent' })),
  )
}

/** What waited for a contact that was removed, or has another address now, is nobody's trouble. */
const hasReader = sql<boolean>`((channel != 'mail' and (people is null or contact = to_address)) or exists (
  select 1 from contacts where contacts.environment = deliveries.environment
    and contacts.id = deliveries.contact
    and (contacts.email = deliveries.to_address or people like '%"' || contacts.phone || '"%')))`
