/** What planning needs: news in order, who may be told, convergences, and the plan made of them. */
import { sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import type { Story } from '../alerts/alert.ts'
import type {
  Audience,
  Convergence,
  Kind,
  PendingChange,
  Plan,
  PlanStore,
  Told,
} from '../notify/ports.ts'
import type { Firing } from '../notify/routing/inhibition.ts'
import { changesOf } from './alert-row.ts'
import type { ConvergenceRow } from './alert-rows.ts'
import { calendarIn } from './calendars.ts'
import { fromJson } from './column.ts'
import { contactsIn } from './contacts.ts'
import { convergenceOf } from './convergence-row.ts'
import { mutesIn } from './mutes.ts'
import { groupsIn, policiesIn } from './policies.ts'
import { type Receivers, receiverHeadsIn } from './receivers.ts'
import { rotasIn } from './rotas.ts'
import { NewestRouteTrees } from './route-trees.ts'
import { inBatches } from './rows.ts'
import { savePlans } from './save-plans.ts'
import type { Database } from './tables.ts'

export class Plans implements PlanStore {
  readonly #db: Database
  readonly #receivers: Pick<Receivers, 'heads'>
  readonly #trees = new NewestRouteTrees()

  /** @param receivers without it the numbers of receivers are not known. */
  constructor(db: Database, receivers?: Pick<Receivers, 'heads'>) {
    this.#db = db
    this.#receivers = receivers ?? { heads: (environment) => receiverHeadsIn(db, environment) }
  }

  async pendingChanges(
    limit: number,
    now: UnixMs,
    except: readonly string[] = [],
  ): Promise<PendingChange[]> {
    const rows = await this.#db
      .selectFrom('alert_changes')
      .select(['id', 'change_json', 'story', 'muted'])
      .where((e) => e.or([e('hold_until', 'is', null), e('hold_until', '<=', now)]))
      .$if(except.length > 0, (rest) => rest.where('environment', 'not in', except))
      .orderBy('id')
      .limit(limit)
      .execute()
    return rows.flatMap(({ id, change_json, story, muted }) =>
      changesOf(change_json).map((change) => ({
        id,
        change: story === null ? change : { ...change, story: fromJson<Story>(story) },
        ...(muted !== null && { muted }),
      })),
    )
  }

  async firstHoldEnd(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('alert_changes')
      .select('hold_until')
      .where('hold_until', 'is not', null)
      .orderBy('hold_until')
      .limit(1)
      .executeTakeFirst()
    return row?.hold_until ?? undefined
  }

  /** Nobody, when the environment was removed. */
  async audience(environment: string): Promise<Audience> {
    const found = await this.#db
      .selectFrom('environments')
      .select('name')
      .where('id', '=', environment)
      .executeTakeFirst()
    const settings = await calendarIn(this.#db, environment)
    const routes = await this.#trees.of(this.#db, environment)
    return {
      environmentName: found?.name ?? '',
      policies: await policiesIn(this.#db, environment),
      contacts: await contactsIn(this.#db, environment),
      groups: await groupsIn(this.#db, environment),
      rotas: await rotasIn(this.#db, environment),
      receivers: await this.#receivers.heads(environment),
      mutes: await mutesIn(this.#db, environment),
      ...(settings && { calendar: settings }),
      ...(routes && { routes }),
    }
  }

  async convergences(kinds: readonly Kind[]): Promise<Convergence[]> {
    const found: Convergence[] = []
    await inBatches(kinds, async (batch) => void found.push(...(await this.#convergencesOf(batch))))
    return found
  }

  async #convergencesOf(kinds: readonly Kind[]): Promise<Convergence[]> {
    const wanted = kinds.map(
      ({ environment, policy, rule, service, subject, level }, n) =>
        sql`(${n}, ${environment}, ${policy}, ${rule}, ${service}, ${subject}, ${level})`,
    )
    const { rows } = await sql<ConvergenceRow & { n: number }>`
      with wanted (n, environment, policy, rule, service, subject, level) as (
        values ${sql.join(wanted)}
      )
      select wanted.n, convergences.* from wanted cross join convergences
        using (environment, policy, rule, service, subject, level)`.execute(this.#db)
    // As they were asked for: of a text with NUL the column knows another form.
    return rows.flatMap((row) => {
      const kind = kinds[row.n]
      return kind ? { ...convergenceOf(row), kind } : []
    })
  }

  async dueConvergences(
    now: UnixMs,
    limit: number,
    except: readonly string[] = [],
  ): Promise<Convergence[]> {
    const rows = await this.#db
      .selectFrom('convergences')
      .selectAll()
      .where('due_at', '<=', now)
      .$if(except.length > 0, (rest) => rest.where('environment', 'not in', except))
      .orderBy('due_at')
      .limit(limit)
      .execute()
    return rows.map(convergenceOf)
  }

  async firstDigestDue(): Promise<UnixMs | undefined> {
    const row = await this.#db
      .selectFrom('convergences')
      .select('due_at')
      .where('due_at', 'is not', null)
      .orderBy('due_at')
      .limit(1)
      .executeTakeFirst()
    return row?.due_at ?? undefined
  }

  /** Without those that failed: they told nobody. */
  async toldOf(alerts: readonly string[]): Promise<Told[]> {
    const told: Told[] = []
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('delivery_alerts')
        .innerJoin('deliveries', 'deliveries.id', 'delivery_alerts.delivery')
        .select(['delivery_alerts.alert', 'policy', 'contact', 'channel', 'to_address'])
        .distinct()
        .where('delivery_alerts.alert', 'in', batch)
        .where('state', '!=', 'failed')
        .execute()
      for (const { alert, policy, contact, channel, to_address: to } of rows) {
        const via = channel !== 'mail' && to !== contact && { via: to }
        told.push({ alert, policy, contact, ...via })
      }
    })
    return told
  }

  async overOf(environment: string, alerts: readonly string[]): Promise<string[]> {
    const firing = new Set<string>()
    await inBatches(alerts, async (batch) => {
      const rows = await this.#db
        .selectFrom('alerts')
        .select('id')
        .where('environment', '=', environment)
        .where('id', 'in', batch)
        .where('state', '!=', 'resolved')
        .execute()
      for (const { id } of rows) firing.add(id)
    })
    return alerts.filter((id) => !firing.has(id))
  }

  async firing(environment: string, limit: number): Promise<Firing[]> {
    const rows = await this.#db
      .selectFrom('alerts')
      .select(['id', 'rule', 'labels', 'severity'])
      .where('environment', '=', environment)
      .where('state', '=', 'firing')
      .orderBy('active_at', 'desc')
      .limit(limit)
      .execute()
    return rows.map(({ labels, ...row }) => ({ ...row, labels: fromJson(labels) }))
  }

  async savePlans(plans: readonly Plan[]): Promise<void> {
    await this.#db.transaction().execute((trx) => savePlans(trx, plans))
  }
}
