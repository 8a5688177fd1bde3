/** Who may poll in an environment: one row for each, whose term never goes back. */
import type { Lease } from '../ingest/ports.ts'
import { orNull } from './column.ts'
import type { Database, LeaseRow } from './tables.ts'

export async function leaseIn(db: Database, environment: string): Promise<Lease | undefined> {
  const row = await db
    .selectFrom('leases')
    .selectAll()
    .where('environment', '=', environment)
    .executeTakeFirst()
  return row && leaseOf(row)
}

export async function saveLease(db: Database, environment: string, lease: Lease): Promise<void> {
  const values = {
    agent: lease.agent,
    epoch: lease.epoch,
    started_at: lease.startedAt,
    term: lease.term,
    expires_at: lease.expiresAt,
    idle_since: orNull(lease.idleSince),
  }
  await db
    .insertInto('leases')
    .values({ environment, ...values })
    .onConflict((conflict) => conflict.column('environment').doUpdateSet(values))
    .execute()
}

function leaseOf({ agent, epoch, started_at, term, expires_at, idle_since }: LeaseRow): Lease {
  return {
    agent,
    epoch,
    startedAt: started_at,
    term,
    expiresAt: expires_at,
    ...(idle_since !== null && { idleSince: idle_since }),
  }
}
