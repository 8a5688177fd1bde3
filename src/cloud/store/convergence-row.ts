/** Convergences as rows. */
import type { Convergence } from '../notify/ports.ts'
import { changesJson, changesOf } from './alert-row.ts'
import type { ConvergenceRow } from './alert-rows.ts'
import { orNull } from './column.ts'
import type { Database } from './tables.ts'

export function convergenceRow({ kind, ...convergence }: Convergence): ConvergenceRow {
  return {
    environment: kind.environment,
    policy: kind.policy,
    rule: kind.rule,
    service: kind.service,
    subject: kind.subject,
    level: kind.level,
    told_at: convergence.toldAt,
    scope: convergence.scope,
    held: changesJson(convergence.held),
    held_count: convergence.heldCount,
    held_since: orNull(convergence.heldSince),
    due_at: orNull(convergence.dueAt),
    firing: convergence.firing ? changesJson(convergence.firing) : null,
    kept: orNull(convergence.kept),
  }
}

export function convergenceOf(row: ConvergenceRow): Convergence {
  const { environment, policy, rule, service, subject, level } = row
  return {
    kind: { environment, policy, rule, service, subject, level },
    toldAt: row.told_at,
    scope: row.scope,
    held: changesOf(row.held),
    heldCount: row.held_count,
    ...(row.held_since !== null && { heldSince: row.held_since }),
    ...(row.due_at !== null && { dueAt: row.due_at }),
    ...(row.firing !== null && { firing: changesOf(row.firing) }),
    ...(row.kept !== null && { kept: row.kept }),
  }
}

export function saveConvergences(db: Database, rows: readonly ConvergenceRow[]) {
  return db
    .insertInto('convergences')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['environment', 'policy', 'rule', 'service', 'subject', 'level'])
        .doUpdateSet(({ ref }) => ({
          told_at: ref('excluded.told_at'),
          scope: ref('excluded.scope'),
          held: ref('excluded.held'),
          held_count: ref('excluded.held_count'),
          held_since: ref('excluded.held_since'),
          due_at: ref('excluded.due_at'),
          firing: ref('excluded.firing'),
          kept: ref('excluded.kept'),
        })),
    )
    .execute()
}
