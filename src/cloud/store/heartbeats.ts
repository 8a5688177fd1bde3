/** Heartbeats of agents: what each told last, and the lease that is decided with them. */
import { sql } from 'kysely'
import type { AgentBeat, AgentTold, HeartbeatRegister, Lease } from '../ingest/ports.ts'
import { MAX_AGENTS } from './agents.ts'
import { StoreFailure } from './failure.ts'
import { leaseIn, saveLease } from './leases.ts'
import type { Database } from './tables.ts'

type Decide<Decision> = (lease: Lease | undefined, othersPoll: boolean) => Decision

export class Heartbeats implements HeartbeatRegister {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  heard<Decision extends { readonly lease: Lease | undefined }>(
    beat: AgentBeat,
    aliveSince: number,
    decide: Decide<Decision>,
  ) {
    const { environment, heartbeat } = beat
    return this.#db.transaction().execute(async (trx) => {
      const framework = await lockEnvironment(trx, environment)
      await saveTold(trx, beat)
      const kept = await leaseIn(trx, environment)
      const others = await othersPoll(trx, environment, heartbeat.agent, aliveSince)
      const decision = decide(kept, others)
      if (decision.lease) await saveLease(trx, environment, decision.lease)
      return { framework, decision }
    })
  }
}

/** The row stays locked until the transaction ends: heartbeats of an environment take turns. */
async function lockEnvironment(db: Database, id: string) {
  const row = await db
    .updateTable('environments')
    .set((e) => ({ framework: e.ref('framework') }))
    .where('id', '=', id)
    .returning('framework')
    .executeTakeFirst()
  if (!row) throw new StoreFailure('gone', `environment ${id} was removed`)
  return row.framework
}

async function saveTold(db: Database, { environment, address, heardAt, heartbeat }: AgentBeat) {
  const { agent, epoch: _, host, version, startedAt, ...rest } = heartbeat
  const told: AgentTold = { ...rest, toldAt: heardAt }
  const values = {
    ...{ host, version, address, started_at: startedAt },
    told: JSON.stringify(told),
    polls_at: heartbeat.polls ? heardAt : null,
  }
  const { numUpdatedRows } = await db
    .updateTable('agents')
    .set({
      ...values,
      seen_at: sql<number>`case when seen_at > ${heardAt} then seen_at else ${heardAt} end`,
    })
    .where('environment', '=', environment)
    .where('agent', '=', agent)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return
  await makeRoom(db, environment)
  const row = { environment, agent, ...values, seen_at: heardAt, window_end_ms: null }
  await db.insertInto('agents').values(row).execute()
}

/** Who was silent longest makes place for a new agent. */
async function makeRoom(db: Database, environment: string): Promise<void> {
  await db
    .deleteFrom('agents')
    .where('environment', '=', environment)
    .where('agent', 'not in', (e) =>
      e
        .selectFrom('agents')
        .select('agent')
        .where('environment', '=', environment)
        .orderBy('seen_at', 'desc')
        .orderBy('agent')
        .limit(MAX_AGENTS - 1),
    )
    .execute()
}

async function othersPoll(
  db: Database,
  environment: string,
  agent: string,
  aliveSince: number,
): Promise<boolean> {
  const row = await db
    .selectFrom('agents')
    .select('agent')
    .where('environment', '=', environment)
    .where('agent', '!=', agent)
    .where('polls_at', '>', aliveSince)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
