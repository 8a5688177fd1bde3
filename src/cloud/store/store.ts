/** The state store: what must survive, behind the ports of the steps. */
import { type Dialect, Kysely } from 'kysely'
import type { UnixMs } from '../../model/time.ts'
import { Agents } from './agents.ts'
import { Reads } from './alert-reads.ts'
import { Alerts } from './alerts.ts'
import { CalendarRows } from './calendars.ts'
import { Contacts } from './contacts.ts'
import { Drills } from './drills.ts'
import { Environments } from './environments.ts'
import { StoreFailure } from './failure.ts'
import { Heartbeats } from './heartbeats.ts'
import { factOf, migrate, saveFact } from './migrations/migrate.ts'
import { Mutes } from './mutes.ts'
import { Outbox } from './outbox.ts'
import { OwnRules } from './own-rules.ts'
import { Plans } from './plans.ts'
import { Policies } from './policies.ts'
import { type Pruned, prune } from './prune.ts'
import { Receivers } from './receivers.ts'
import { Reminders } from './reminders.ts'
import { Rotas } from './rotas.ts'
import { RouteTrees } from './route-trees.ts'
import { RuleFiles } from './rule-files.ts'
import type { Secrets } from './secrets.ts'
import { StandingRows } from './standings.ts'
import { Summaries } from './summaries.ts'
import type { Database, Tables } from './tables.ts'
import { Templates } from './templates.ts'
import { ThresholdRows } from './thresholds.ts'
import { Tokens } from './tokens.ts'
import { Traces } from './traces.ts'
import { Users } from './users.ts'
import { Waits } from './waits.ts'

export interface Store {
  /** Also ingest's `EnvironmentKeys`. */
  readonly environments: Environments
  readonly agents: Agents
  readonly heartbeats: Heartbeats
  readonly alerts: Alerts
  readonly plans: Plans
  readonly outbox: Outbox
  readonly contacts: Contacts
  readonly policies: Policies
  readonly receivers: Receivers
  readonly rotas: Rotas
  readonly routeTrees: RouteTrees
  readonly mutes: Mutes
  readonly traces: Traces
  readonly templates: Templates
  readonly summaries: Summaries
  readonly drills: Drills
  /** Also what people did about alerts. */
  readonly reminders: Reminders
  readonly reads: Reads
  readonly tokens: Tokens
  readonly ownRules: OwnRules
  readonly ruleFiles: RuleFiles
  readonly thresholds: ThresholdRows
  readonly calendars: CalendarRows
  readonly standings: StandingRows
  readonly users: Users
  readonly waits: Waits
  /** To be called about once an hour; returns how much was forgotten. */
  prune(now: UnixMs): Promise<Pruned>
  /** Ends when what was begun before is done. */
  close(): Promise<void>
}

/**
 * Opens the store and brings its schema up to date.
 * @throws {StoreFailure} `newer-schema`, `wrong-key`, and what the database refuses.
 */
export async function openStore(options: {
  readonly dialect: Dialect
  readonly secrets: Secrets
}): Promise<Store> {
  const { dialect, secrets } = options
  const db = new Kysely<Tables>({ dialect })
  try {
    await migrate(db)
    await checkKey(db, secrets)
  } catch (error) {
    await db.destroy()
    throw error
  }
  const receivers = new Receivers(db, secrets)
  return {
    environments: new Environments(db, secrets),
    agents: new Agents(db),
    heartbeats: new Heartbeats(db),
    alerts: new Alerts(db),
    plans: new Plans(db, receivers),
    outbox: new Outbox(db),
    contacts: new Contacts(db),
    policies: new Policies(db),
    receivers,
    rotas: new Rotas(db),
    routeTrees: new RouteTrees(db),
    mutes: new Mutes(db),
    traces: new Traces(db),
    templates: new Templates(db),
    summaries: new Summaries(db),
    drills: new Drills(db),
    reminders: new Reminders(db),
    reads: new Reads(db),
    tokens: new Tokens(db),
    ownRules: new OwnRules(db),
    ruleFiles: new RuleFiles(db),
    thresholds: new ThresholdRows(db),
    calendars: new CalendarRows(db),
    standings: new StandingRows(db),
    users: new Users(db),
    waits: new Waits(db),
    prune: (now) => prune(db, now),
    async close() {
      // Waits for its turn: a transaction under way is not cut off.
      await db.connection().execute(async () => {})
      await db.destroy()
    },
  }
}

/** A lost and newly made master key is noticed at start, not when a key is to be shown. */
async function checkKey(db: Database, { fingerprint, source }: Secrets): Promise<void> {
  const sealedWith = await factOf(db, 'master-key')
  if (sealedWith === undefined) return saveFact(db, 'master-key', fingerprint)
  if (sealedWith === fingerprint) return
  throw new StoreFailure(
    'wrong-key',
    `the database was sealed with another master key than ${source}: put the right key back, from the backup of this database`,
  )
}
