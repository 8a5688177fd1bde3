/** Which agents were heard, when, and what they told. */
import { sql } from 'kysely'
import type { Agent } from '../api/ports.ts'
import type { AgentRegister, AgentSighting, AgentTold, Lease } from '../ingest/ports.ts'
import { fromJson, orNull } from './column.ts'
import { leaseIn } from './leases.ts'
import type { AgentRow, Database } from './tables.ts'

/** Of one environment; those heard last are kept. */
export const MAX_AGENTS = 1000

export class Agents implements AgentRegister {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /**
   * A sighting older than the one stored changes nothing; the newest window never goes back.
   * Throws `StoreFailure` `gone` when the environment was removed.
   */
  async seen(sighting: AgentSighting): Promise<void> {
    const { host, version, address } = sighting
    const values = {
      host,
      version,
      address,
      started_at: sighting.startedAt,
      seen_at: sighting.seenAt,
    }
    const windowEnd = orNull(sighting.windowEndMs)
    await this.#db
      .insertInto('agents')
      .values({
        environment: sighting.environment,
        agent: sighting.agent,
        ...values,
        window_end_ms: windowEnd,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['environment', 'agent'])
          .doUpdateSet({
            ...values,
            window_end_ms: sql<number | null>`
              case when agents.window_end_ms > excluded.window_end_ms
                or excluded.window_end_ms is null
              then agents.window_end_ms else excluded.window_end_ms end`,
          })
          .where('agents.seen_at', '<=', sighting.seenAt),
      )
      .execute()
  }
}

/** By host. */
export async function agentsIn(db: Database, environment: string): Promise<Agent[]> {
  const rows = await db
    .selectFrom('agents')
    .selectAll()
    .where('environment', '=', environment)
    .execute()
  const lease = await leaseIn(db, environment)
  return rows
    .map((row) => agentOf(row, lease))
    .sort((a, b) => (a.host + a.agent < b.host + b.agent ? -1 : 1))
}

function agentOf(row: AgentRow, lease: Lease | undefined): Agent {
  const { environment, agent, host, version, address } = row
  return {
    environment,
    agent,
    host,
    version,
    address,
    startedAt: row.started_at,
    seenAt: row.seen_at,
    ...(row.window_end_ms !== null && { windowEndMs: row.window_end_ms }),
    ...(row.told !== null && { told: fromJson<AgentTold>(row.told) }),
    ...(lease?.agent === agent && { lease: { term: lease.term, expiresAt: lease.expiresAt } }),
  }
}
