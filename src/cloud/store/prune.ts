/** Keeps the store bounded: forgets what is over and old. */
import { type DeleteQueryBuilder, type DeleteResult, sql } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import { MAX_AGENTS } from './agents.ts'
import type { Database, Tables } from './tables.ts'

const KEEP_MS = 30 * 86_400_000
/** An agent that was not heard for longer is not coming back. */
const KEEP_AGENTS_MS = 7 * 86_400_000

/** Rows that were forgotten. */
export interface Pruned {
  readonly alerts: number
  readonly deliveries: number
  readonly convergences: number
  readonly agents: number
  readonly sessions: number
  readonly mutes: number
  readonly acts: number
  /** What was decided of alerts. */
  readonly traces: number
  /** News that nobody planned in 30 days: the only loss among these. */
  readonly unplannedChanges: number
}

/**
 * Forgets what is over for 30 days, agents silent for 7, and sessions that ended. Each kind on its own:
 * none is urgent.
 */
export async function prune(db: Database, now: UnixMs): Promise<Pruned> {
  const before = now - KEEP_MS
  const alerts = await count(db.deleteFrom('alerts').where('resolved_at', '<', before))
  return {
    alerts,
    deliveries: await count(oldDeliveries(db, before)),
    convergences: await count(
      db.deleteFrom('convergences').where('told_at', '<', before).where('due_at', 'is', null),
    ),
    agents: await count(silentAgents(db, now - KEEP_AGENTS_MS)),
    sessions: await count(db.deleteFrom('sessions').where('expires_at', '<=', now)),
    mutes: await count(db.deleteFrom('mutes').where('ends_at', '<', before)),
    acts: await count(actsOfGone(db, before)),
    traces:
      (await count(db.deleteFrom('traces').where('at', '<', before))) + (await longTraces(db)),
    // What waits for the end of a mute goes with its alert.
    unplannedChanges: await count(
      db.deleteFrom('alert_changes').where('at', '<', before).where('muted', 'is', null),
    ),
  }
}

// Kept as long as one of its alerts is: who was told that it began must hear that it is over.
function oldDeliveries(db: Database, before: UnixMs) {
  return db
    .deleteFrom('deliveries')
    .where('planned_at', '<', before)
    .where('state', 'in', ['sent', 'failed'])
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('delivery_alerts')
            .innerJoin('alerts', 'alerts.id', 'delivery_alerts.alert')
            .select('alerts.id')
            .whereRef('delivery_alerts.delivery', '=', 'deliveries.id')
            .whereRef('alerts.environment', '=', 'deliveries.environment'),
        ),
      ),
    )
}

function actsOfGone(db: Database, before: UnixMs) {
  return db
    .deleteFrom('acts')
    .where('at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('alerts')
            .select('alerts.id')
            .whereRef('alerts.environment', '=', 'acts.environment')
            .whereRef('alerts.id', '=', 'acts.alert'),
        ),
      ),
    )
}

/** Kept of one alert. */
const MAX_TRACES = 200

async function longTraces(db: Database): Promise<number> {
  const tooMany = sql<boolean>`(environment, alert, at) in (
    select environment, alert, at from (
      select environment, alert, at,
        row_number() over (partition by environment, alert order by at desc) as place
      from traces
    ) as ranked where place > ${MAX_TRACES})`
  return count(db.deleteFrom('traces').where(tooMany))
}

function silentAgents(db: Database, before: UnixMs) {
  const tooMany = sql<boolean>`(environment, agent) in (
    select environment, agent from (
      select environment, agent,
        row_number() over (partition by environment order by seen_at desc, agent) as place
      from agents
    ) as ranked where place > ${MAX_AGENTS})`
  return db.deleteFrom('agents').where((e) => e.or([e('seen_at', '<', before), tooMany]))
}

async function count<T extends keyof Tables>(
  query: DeleteQueryBuilder<Tables, T, DeleteResult>,
): Promise<number> {
  return Number((await query.executeTakeFirst()).numDeletedRows)
}
