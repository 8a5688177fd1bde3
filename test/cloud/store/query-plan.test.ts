/** The statements of the hot paths, as the database runs them over many rows. */
import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { type CompiledQuery, Kysely } from 'kysely'
import type { Mute } from '../../../src/cloud/notify/mute.ts'
import type { Receiver } from '../../../src/cloud/notify/ports.ts'
import type { Reminder } from '../../../src/cloud/notify/reminders/reminder.ts'
import type { Trace } from '../../../src/cloud/notify/trace.ts'
import { Reads } from '../../../src/cloud/store/alert-reads.ts'
import { Alerts } from '../../../src/cloud/store/alerts.ts'
import { Environments } from '../../../src/cloud/store/environments.ts'
import { Heartbeats } from '../../../src/cloud/store/heartbeats.ts'
import { migrate } from '../../../src/cloud/store/migrations/migrate.ts'
import { Mutes } from '../../../src/cloud/store/mutes.ts'
import { Outbox } from '../../../src/cloud/store/outbox.ts'
import { Plans } from '../../../src/cloud/store/plans.ts'
import { prune } from '../../../src/cloud/store/prune.ts'
import { Receivers } from '../../../src/cloud/store/receivers.ts'
import { Reminders } from '../../../src/cloud/store/reminders.ts'
import { Secrets } from '../../../src/cloud/store/secrets.ts'
import { NodeSqliteDialect } from '../../../src/cloud/store/sqlite/dialect.ts'
import { StandingRows } from '../../../src/cloud/store/standings.ts'
import { Summaries } from '../../../src/cloud/store/summaries.ts'
import type { Tables } from '../../../src/cloud/store/tables.ts'
import { Tokens } from '../../../src/cloud/store/tokens.ts'
import { Traces } from '../../../src/cloud/store/traces.ts'
import { Users } from '../../../src/cloud/store/users.ts'
import { alert, change, convergence, delivery, T0 } from '../../contract/store/samples.ts'
import { heartbeatOf } from '../ingest/heartbeat-sample.ts'

const ROWS = 10_000
const environment = 'al-0000000000'
const database = new DatabaseSync(':memory:')
const seen: CompiledQuery[] = []
const db = new Kysely<Tables>({
  dialect: new NodeSqliteDialect(database),
  log: ({ query }) => void seen.push(query),
})
const alerts = new Alerts(db)
const outbox = new Outbox(db)
const plans = new Plans(db)
const standings = new StandingRows(db)
const reads = new Reads(db)
const tokens = new Tokens(db)
const users = new Users(db)
const heartbeats = new Heartbeats(db)
const environments = new Environments(db, new Secrets(new Uint8Array(32), 'a test'))

const receivers = new Receivers(db, new Secrets(new Uint8Array(32), 'a test'))
const mutes = new Mutes(db)
const traces = new Traces(db)
const summaries = new Summaries(db)
const mute: Mute = {
  ...{ id: 'm', environment, matchers: [], from: T0, to: T0, reason: '', author: '' },
  createdAt: T0,
}
const muted = { mute: 'm', until: T0, isFirst: true }
const nothing = { deliveries: [], convergences: [] }
const reminders = new Reminders(db)
const reminder: Reminder = {
  ...{ environment, alert: 'a1', policy: 'p', step: 0, since: T0, dueAt: T0 },
}
const act = { environment, alert: 'a1', at: T0, by: 'anna', note: '' }
const trace: Trace = { environment, alert: 'a1', at: T0, kind: 'fired', lines: [] }
const shares = [{ lane: `mail ${environment}`, limit: 100 }]
const receiver: Receiver = {
  ...{ id: 'r', environment, name: '', timeZone: 'UTC', settings: {} },
  kind: 'webhook',
  language: 'zh',
}

const statements: [name: string, run: () => Promise<unknown>][] = [
  ['lanes', () => outbox.lanes()],
  ['claim', () => outbox.claim({ now: T0, leaseMs: 1000, shares, except: ['d7'] })],
  ['finish', () => outbox.finish([{ id: 'd1', outcome: { state: 'sent', at: T0, answer: '' } }])],
  ['failing', () => outbox.failing(environment, T0)],
  ['receiver', () => receivers.receiver(environment, 'r')],
  ['receivers', () => receivers.receivers(environment)],
  ['saveReceiver', () => receivers.saveReceiver(receiver, T0)],
  ['pendingChanges', () => plans.pendingChanges(100, 0)],
  ['firstHoldEnd', () => plans.firstHoldEnd()],
  ['standings', () => standings.standings(environment)],
  ['convergences', () => plans.convergences([convergence(environment).kind])],
  ['dueConvergences', () => plans.dueConvergences(T0, 100)],
  ['firstDigestDue', () => plans.firstDigestDue()],
  ['overOf', () => plans.overOf(environment, ['a1'])],
  ['savePlans', () => plans.savePlans([{ change: 7, ...nothing, muted, traces: [trace] }])],
  ['mutes', () => mutes.mutes(environment)],
  ['saveMute', () => mutes.saveMute(mute)],
  ['summary: fired', () => summaries.firedIn(environment, { from: T0, to: T0 + 9 }, 9)],
  ['summary: firing', () => summaries.firing(environment, 9)],
  ['summary: failed', () => summaries.failedIn(environment, { from: T0, to: T0 + 9 })],
  ['trace', () => traces.trace(environment, 'a1', 100)],
  ['waiting', () => traces.waiting(environment, 'a1')],
  ['saveReminders', () => plans.savePlans([{ ...nothing, reminders: [reminder] }])],
  ['reminded', () => plans.savePlans([{ ...nothing, reminded: [reminder] }])],
  ['saveAct', () => reminders.saveAct({ ...act, kind: 'snooze', until: T0 })],
  ['acts', () => reminders.acts(environment, 'a1')],
  ['newestActs', () => reminders.newestActs(['a1', 'a2'])],
  ['dueReminders', () => reminders.dueReminders(T0, 100)],
  ['firstReminderDue', () => reminders.firstReminderDue()],
  ['firingOf', () => reminders.firingOf(environment, ['a1'])],
  ['deliveredOf', () => reminders.deliveredOf(['a1'])],
  ['unhandled alerts', () => reads.alerts({ environment, unhandledAt: T0, limit: 50 })],
  ['toldOf', () => plans.toldOf(['a1'])],
  ['audience', () => plans.audience(environment)],
  ['livingAlerts', () => alerts.livingAlerts(environment)],
  ['progress', () => alerts.progress(environment)],
  ['saveEvaluation', () => alerts.saveEvaluation(evaluation(2))],
  ['alerts', () => reads.alerts({ environment, limit: 50 })],
  ['alert', () => reads.alert(environment, 'a1')],
  ['deliveries', () => reads.deliveries({ environment, limit: 50 })],
  ['deliveries of an alert', () => reads.deliveries({ environment, alert: 'a1', limit: 50 })],
  ['environmentOf', () => environments.environmentOf('ek_')],
  ['heartbeat', () => heard()],
  ['tokens', () => tokens.tokens(environment)],
  ['token used', () => tokenUsed()],
  ['userOfSession', () => users.userOfSession('h', T0)],
]

function heard() {
  const beat = { environment, address: '', heardAt: T0, heartbeat: heartbeatOf('a') }
  return heartbeats.heard(beat, T0, (lease) => ({ lease }))
}

async function tokenUsed() {
  const { secret } = await tokens.createToken(
    environment,
    { name: 'Grafana', scopes: ['read'] },
    T0,
  )
  await tokens.ownerOf(secret, T0)
}

function evaluation(count: number) {
  const all = Array.from({ length: count }, (_, n) =>
    alert(environment, { id: `a${n}`, activeAt: T0 + n, state: n < 10 ? 'firing' : 'resolved' }),
  )
  const progress = { environment, group: 'tars', evaluatedAt: T0 }
  return { progress, alerts: all, dropped: ['x'], changes: all.map((one) => change(one)) }
}

async function fill(): Promise<void> {
  await migrate(db)
  database.exec(
    `insert into environments values ('${environment}', '', '', 0, 0, '', '', null, null)`,
  )
  await heard()
  await alerts.saveEvaluation(evaluation(ROWS))
  await plans.savePlans([
    {
      deliveries: Array.from({ length: ROWS }, (_, n) =>
        delivery(environment, { id: `d${n}`, alerts: [`a${n}`], plannedAt: T0 + n }),
      ),
      convergences: Array.from({ length: ROWS }, (_, n) =>
        convergence(environment, { of: { subject: `${n}` }, heldCount: 1, dueAt: T0 + n }),
      ),
    },
  ])
}

/** The steps of a plan that read a whole table, or sort what an index could give in order. */
function slowSteps({ sql, parameters }: CompiledQuery): string[] {
  if (!/^(select|update|insert|delete)/.test(sql)) return []
  const steps = database.prepare(`explain query plan ${sql}`).all(...(parameters as string[]))
  return steps
    .map(({ detail }) => String(detail))
    .filter((step) =>
      /^SCAN (?!.*USING (COVERING )?INDEX|.*VALUES CLAUSE)|TEMP B-TREE FOR ORDER/.test(step),
    )
}

describe('every statement of the hot paths uses an index', () => {
  before(fill)
  after(() => db.destroy())
  for (const [name, run] of statements) {
    it(name, async () => {
      seen.length = 0
      await run()
      assert.ok(seen.length > 0)
      for (const query of seen) assert.deepEqual(slowSteps(query), [], query.sql)
    })
  }

  it('and this test finds one that does not', async () => {
    seen.length = 0
    await db.selectFrom('alerts').select('id').orderBy('value').execute()
    assert.equal(seen.flatMap(slowSteps).length, 2)
  })

  it('forgetting and removing 10,000 of each takes them all', async () => {
    database.exec(`update deliveries set state = 'sent'`)
    database.exec(`update alerts set state = 'resolved', resolved_at = ${T0}`)
    const pruned = await prune(db, T0 + 60 * 86_400_000)
    assert.deepEqual([pruned.alerts, pruned.deliveries], [ROWS, ROWS])
    assert.equal(await environments.removeEnvironment(environment), true)
    const left = database.prepare('select count(*) as rows from convergences').get()
    assert.equal(left?.rows, 0)
  })
})
