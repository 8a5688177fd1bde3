/**
 * The composition root of the cloud. It reads as the walk:
 * ingest → series → rules → alerts → notify, with the console beside it.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fastify, LogController } from 'fastify'
import { type Clock, systemClock } from '../support/clock.ts'
import { Failure, messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { StopList } from '../support/stop-list.ts'
import { AgentWatch } from './agent-watch.ts'
import { ruleOf } from './alerts/judge.ts'
import { AlertTracker } from './alerts/tracker.ts'
import { firstUser } from './api/first-user.ts'
import type { EnvironmentWithKey } from './api/ports.ts'
import { effectiveDays } from './api/retention.ts'
import { apiRoutes } from './api/routes.ts'
import { Baseliner } from './baselines/baseliner.ts'
import { ThresholdWriter } from './baselines/threshold-writer.ts'
import { DEFAULT_CALENDAR } from './calendar/special-day.ts'
import { Investigations } from './cause/investigations.ts'
import { hasCause } from './cause/symptom.ts'
import { causeQueries } from './cause-queries.ts'
import type { CloudConfig } from './config.ts'
import type { RuleReads } from './doors/prometheus/ports.ts'
import { prometheusRoutes } from './doors/prometheus/prometheus-routes.ts'
import { remoteWriteRoutes } from './doors/remote-write/remote-write-routes.ts'
import { heardEnvironments } from './heard-environments.ts'
import { Admission } from './ingest/admission.ts'
import { newCounters } from './ingest/counters.ts'
import { heartbeatRoutes } from './ingest/heartbeat-routes.ts'
import { INGEST_LIMITS, ingestRoutes } from './ingest/ingest-routes.ts'
import { Notifier } from './notify/notifier.ts'
import { recordTo } from './record-to.ts'
import { ruleFindings } from './rule-findings.ts'
import { OwnRuleBook } from './rules/form/own-rule-book.ts'
import { loadRules } from './rules/load.ts'
import { mayRead } from './rules/may-read.ts'
import { type ReloadReport, RuleBook, reloadLines } from './rules/rule-book.ts'
import { type News, RuleRunner } from './rules/runner.ts'
import { RULE_TIMEOUT_MS } from './rules/schedule.ts'
import type { Progress } from './series/port.ts'
import { ThreadSeries } from './series/thread/thread-series.ts'
import { seriesReads } from './series-reads.ts'
import { secretsIn } from './store/master-key.ts'
import { holdFolder, openSqlite } from './store/sqlite/open-sqlite.ts'
import { openStore, type Store } from './store/store.ts'

const DEFAULT_RULES = fileURLToPath(new URL('../../conf/rules', import.meta.url))
/** Of the collection itself: there whatever rules are configured. */
const COLLECTION_RULES = fileURLToPath(new URL('../../conf/collection.yaml', import.meta.url))
const CONSOLE = fileURLToPath(new URL('../../dist/web', import.meta.url))
const FOR_RULE = { forRule: true, limits: { timeoutMs: RULE_TIMEOUT_MS } }
/** Made as long as a rule reads them. */
const BASELINES = ['tars_baseline', 'tars_baseline_day', 'tars_baseline_today']
const PRUNE_EVERY_MS = 3600_000
const DAY_MS = 86_400_000
/** News of an alarm waits this long for its cause, and for an evaluation or, where nothing is held, its explanation. */
const CAUSE = { holdMs: 60_000, explainMs: 10_000 }
/** A request must have come whole within this time: who is gone half-way holds no place. */
const REQUEST_TIMEOUT_MS = 60_000
/** A stop waits this long for requests under way: real time, as they are. */
const STOP_GRACE_MS = 2_000

export interface CloudOptions {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
}

export interface Cloud {
  /** `http://host:port`, as it really listens. */
  readonly url: string
  /** Password of the user `admin`, when this start made it. */
  readonly firstPassword: string | undefined
  status(): CloudStatus
  /** Reads the rule files anew. Rejects with `RuleFileError`: then nothing changes. */
  reloadRules(): Promise<ReloadReport>
  /** Resolves when what is known has been evaluated, planned and tried. */
  idle(): Promise<void>
  /** Returns what went wrong, a line each. */
  stop(): Promise<string[]>
}

export type CloudStatus = {
  /** Batches taken, repeats not counted. */
  readonly batches: number
  readonly sent: number
  readonly maybeRepeated: number
}

export class CloudFailure extends Failure<'port-taken' | 'unlistenable' | 'no-certificate'> {}

/** @throws {Failure} with what is wrong, a line for each fault. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const parts = new StopList()
  try {
    return await start(options, parts)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

async function start({ config, clock, log }: CloudOptions, parts: StopList): Promise<Cloud> {
  const book = await RuleBook.open({
    log,
    load: () =>
      loadRules([...(config.rules ?? [DEFAULT_RULES]), COLLECTION_RULES], config.rule_patterns),
    replaced: (rules) => runner.reload(rules),
  })
  parts.push('data folder', holdFolder(config.data))
  const store = await openStore({
    dialect: openSqlite(config.data),
    secrets: secretsIn(config.data),
  })
  parts.push('store', () => store.close())
  const series = await ThreadSeries.open({
    folder: join(config.data, 'series'),
    log,
    retentionMs: config.retention,
    rollUpRetentionMs: config.hourly_retention,
  })
  parts.push('series', () => series.close())
  const defaultRetention = {
    rawDays: config.retention / DAY_MS,
    hourlyDays: config.hourly_retention / DAY_MS,
  }
  const retain = ({ id, retention }: EnvironmentWithKey) => {
    const { rawDays, hourlyDays } = effectiveDays(retention, defaultRetention)
    return series.setRetention(id, {
      retentionMs: Math.round(rawDays * DAY_MS),
      rollUpRetentionMs: Math.round(hourlyDays * DAY_MS),
    })
  }
  for (const environment of await store.environments.environments()) await retain(environment)

  const notifier = new Notifier({
    plans: store.plans,
    outbox: store.outbox,
    clock,
    log,
    channels: { mail: config.mail },
    windowMs: config.convergence,
    ...(config.public_url !== undefined && { publicUrl: config.public_url }),
  })
  parts.push('notifier', () => notifier.stop())
  const folds = config.root_cause === 'on'
  const holdMs = folds ? CAUSE.holdMs : 0
  const tracker: AlertTracker = new AlertTracker({
    ...{ store: store.alerts, events: series, log },
    holdUntil: (alert, { group }) => {
      if (config.root_cause === 'off' || !hasCause(alert)) return undefined
      return Math.ceil(clock.now()) + (folds ? holdMs + group.intervalMs : CAUSE.explainMs)
    },
  })
  const investigations = new Investigations({
    ...{ store: store.standings, clock, log, holdMs, folds },
    query: (environment) => causeQueries(series, environment),
    alerts: (environment) => tracker.living(environment),
    onDecided: () => notifier.wake(),
  })
  parts.push('causes', () => investigations.stop())
  const watch = new AgentWatch((environment) => store.environments.agents(environment))
  const runner: RuleRunner = new RuleRunner({
    rules: book.rules,
    log,
    clock,
    progress: store.alerts,
    query: (environment, { file }) =>
      file === COLLECTION_RULES
        ? watch.query(environment)
        : { instant: (expr, at) => series.instant(environment, expr, at, FOR_RULE) },
    observe: async (observation) => {
      await tracker.observe(observation)
      notifier.wake()
      if (config.root_cause !== 'off') investigations.observe(observation)
    },
    async observeLate(observations, evaluatedAt) {
      await tracker.observeLate(observations, evaluatedAt)
      notifier.wake()
    },
    async observeHistory(groups, evaluatedAt) {
      await tracker.observeHistory(groups, evaluatedAt)
      notifier.wake()
    },
    standings: tracker,
    record: recordTo(series, clock),
    ...(config.public_url !== undefined && { externalUrl: config.public_url }),
  })
  parts.push('rules', () => runner.stop())
  const ownRules = new OwnRuleBook({
    store: store.ownRules,
    shared: () => book.rules,
    changed: (environment, groups) => runner.reloadOwn(environment, groups),
  })
  await ownRules.load()
  const calendars = { calendar: async () => DEFAULT_CALENDAR }
  const baseliner = new Baseliner({ series, calendars, clock, log })
  parts.push('baselines', () => baseliner.stop())
  const thresholds = new ThresholdWriter({ series, thresholds: store.thresholds, clock, log })
  parts.push('thresholds', () => thresholds.stop())
  const advance = ({ environment, reached, receivedAt, ...news }: Progress & News) => {
    if (reached === undefined) return runner.begin(environment, Math.floor(clock.now()))
    if (mayRead(runner.rulesOf(environment), BASELINES)) baseliner.advance(environment, reached)
    thresholds.advance(environment, reached)
    runner.advance(environment, reached, receivedAt, news)
  }
  series.onApplied(advance)
  for (const progress of await series.environments()) {
    const { environment } = progress
    // What was taken before a crash, but not judged; or was not removed any more.
    if (await store.environments.environment(environment))
      advance({ ...progress, fromBefore: true })
    else await series.removeEnvironment(environment)
  }
  await store.outbox.endLeases(Math.floor(clock.now()))
  notifier.start()

  const counters = newCounters()
  const random = (count: number) => randomBytes(count)
  const app = fastify({
    loggerInstance: log,
    // Behind a TLS proxy on this machine: who calls, and by https or not, is what the proxy says.
    trustProxy: 'loopback',
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    ...tlsOf(config),
  })
  parts.push('http', async () => {
    const cancel = systemClock.after(STOP_GRACE_MS, () => app.server.closeAllConnections())
    await app.close()
    cancel()
  })
  const agents = store.agents
  await app.register(
    ingestRoutes({ keys: store.environments, sink: series, agents, clock, log, counters }),
  )
  await app.register(
    heartbeatRoutes({ keys: store.environments, register: store.heartbeats, clock, log }),
  )
  const rules: RuleReads = {
    rules: (environment) => runner.rulesOf(environment),
    progress: (environment) => store.alerts.progress(environment),
    lastEvaluation: (environment, group) => runner.lastEvaluation(environment, group),
    living: async (environment) =>
      (await store.alerts.livingAlerts(environment)).map((alert) => {
        return { alert, rule: ruleOf(alert, runner.rulesOf(environment)) }
      }),
  }
  await app.register(
    prometheusRoutes({
      ...{ keys: store.tokens, clock, log },
      ...{ reads: seriesReads(series), rules },
    }),
  )
  await app.register(
    remoteWriteRoutes({
      ...{ keys: store.tokens, clock, log },
      sink: {
        async append(environment, batch, receivedAt) {
          const appended = await series.appendSamples(environment, batch, receivedAt)
          runner.begin(environment, receivedAt)
          return appended
        },
        newest: (environment) => series.newest(environment),
      },
      admission: new Admission(INGEST_LIMITS, clock),
    }),
  )
  await app.register(apiRoutes, {
    environments: heardEnvironments(store.environments, {
      retentionSet: retain,
      async removed(environment) {
        runner.forget(environment)
        tracker.forget(environment)
        investigations.forget(environment)
        watch.forget(environment)
        baseliner.forget(environment)
        thresholds.forget(environment)
        ownRules.forget(environment)
        await series.removeEnvironment(environment)
      },
    }),
    contacts: store.contacts,
    alerts: store.reads,
    reporters: series,
    usage: series,
    defaultRetention,
    tokens: store.tokens,
    thresholds: store.thresholds,
    ruleDesk: {
      ...{ reads: rules, book: ownRules },
      async found(environment, query) {
        const at = Math.floor(clock.now())
        return ruleFindings(await series.instant(environment, query, at, FOR_RULE))
      },
    },
    users: store.users,
    clock,
    random,
    reloadRules: async () => reloadLines(await book.reload()),
    consoleFolder: CONSOLE,
  })
  const url = await listen(app, config)
  // Only now: the password of a start that failed would never be shown.
  const firstPassword = await firstUser(store.users, random)
  parts.push('prune', pruneHourly(store, clock, log))
  return {
    url,
    firstPassword,
    status: () => ({ batches: counters.applied, ...notifier.counters }),
    reloadRules: () => book.reload(),
    async idle() {
      await baseliner.idle()
      await thresholds.idle()
      await runner.idle()
      await investigations.idle()
      await notifier.idle()
    },
    stop: () => parts.stop(),
  }
}

function tlsOf({ tls }: CloudConfig): { https?: { cert: Buffer; key: Buffer } } {
  if (!tls) return {}
  try {
    return { https: { cert: readFileSync(tls.cert), key: readFileSync(tls.key) } }
  } catch (error) {
    throw new CloudFailure('no-certificate', `tls: ${messageOf(error)}`, { cause: error })
  }
}

type Listener = { listen(at: { host: string; port: number }): Promise<string> }

async function listen(app: Listener, { listen: { host, port } }: CloudConfig): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      const message = `port ${port} on ${host} is taken: stop what listens there, or set another 'listen'`
      throw new CloudFailure('port-taken', message, { cause: error })
    }
    const message = `cannot listen on ${host}:${port}: ${messageOf(error)}`
    throw new CloudFailure('unlistenable', message, { cause: error })
  }
}

/** Forgets what is past its time, now and every hour; returns what ends it. */
function pruneHourly(store: Store, clock: Clock, log: Log): () => void {
  let cancel = () => {}
  const prune = () => {
    store.prune(clock.now()).catch((error: unknown) => log.error(error, 'prune failed'))
    cancel = clock.after(PRUNE_EVERY_MS, prune)
  }
  prune()
  return () => cancel()
}
