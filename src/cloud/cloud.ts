/**
 * The composition root of the cloud. It reads as the walk:
 * ingest → series → rules → alerts → notify, with the console beside it.
 */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import type { Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import { StopList } from '../support/stop-list.ts'
import { openVerification } from './addresses.ts'
import { type ActPagesOptions, actPages } from './api/act-pages.ts'
import type { ApiOptions } from './api/api-context.ts'
import { firstUser } from './api/first-user.ts'
import type { PasswordCost } from './api/password.ts'
import { apiRoutes } from './api/routes.ts'
import { Trials } from './backtest/trials.ts'
import { calledReads } from './called-reads.ts'
import type { CloudConfig } from './config.ts'
import { prometheusRoutes } from './doors/prometheus/prometheus-routes.ts'
import { remoteWriteRoutes } from './doors/remote-write/remote-write-routes.ts'
import { heardEnvironments } from './heard-environments.ts'
import { listen, openHttp } from './http-server.ts'
import { Admission } from './ingest/admission.ts'
import { type IngestCounters, newCounters } from './ingest/counters.ts'
import { heartbeatRoutes } from './ingest/heartbeat-routes.ts'
import { INGEST_LIMITS, ingestRoutes } from './ingest/ingest-routes.ts'
import { FOR_RULE, Judging } from './judging.ts'
import { openPictures } from './pictures.ts'
import { LEARNED, learnedIn, ruleFindings } from './rule-findings.ts'
import { type ReloadReport, reloadLines } from './rules/rule-book.ts'
import { seriesReads } from './series-reads.ts'
import type { Store } from './store/store.ts'
import { openData, type StoredData } from './stored-data.ts'
import { beginLifeSigns } from './vitals.ts'

const CONSOLE = fileURLToPath(new URL('../../dist/web', import.meta.url))
const PRUNE_EVERY_MS = 3600_000

export interface CloudOptions {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  /** Of the first password; less than for people is for tests, which log in hundreds of times. */
  readonly passwordCost?: PasswordCost
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

async function start(options: CloudOptions, parts: StopList): Promise<Cloud> {
  const { config, clock, log } = options
  const data = await openData(config, log, parts)
  const judging = await Judging.open({ config, clock, log, data }, parts)
  await judging.begin()
  const app = openHttp(config, log, parts)
  const counters = newCounters()
  const house: House = { data, judging, clock, log, config }
  await app.register(ingest(house, counters))
  await app.register(heartbeats(house))
  await app.register(prometheusDoor(house))
  await app.register(remoteWriteDoor(house))
  const onPlanned = () => judging.notifier.wake()
  const verification = await openVerification({ config, clock, log, data, onPlanned })
  await app.register(actPages(linkOptions(house)))
  await app.register(apiRoutes, { ...consoleOptions(house), ...(verification && { verification }) })
  const url = await listen(app, config)
  // Only now: the password of a start that failed would never be shown.
  const firstPassword = await firstUser(data.store.users, randomBytes, options.passwordCost)
  parts.push('prune', pruneHourly(data.store, clock, log))
  parts.push('heartbeat', beginLifeSigns({ config, clock, log, data, judging }))
  return {
    url,
    firstPassword,
    status: () => ({ batches: counters.applied, ...judging.notifier.counters }),
    reloadRules: () => judging.book.reload(),
    idle: () => judging.idle(),
    stop: () => parts.stop(),
  }
}

/** What stands behind the port. */
interface House {
  readonly data: StoredData
  readonly judging: Judging
  readonly clock: Clock
  readonly log: Log
  readonly config: CloudConfig
}

function ingest({ data: { store, series }, clock, log }: House, counters: IngestCounters) {
  const { environments: keys, agents } = store
  return ingestRoutes({ keys, sink: series, agents, clock, log, counters })
}

function heartbeats({ data: { store }, clock, log }: House) {
  return heartbeatRoutes({ keys: store.environments, register: store.heartbeats, clock, log })
}

function prometheusDoor({ data: { store, series }, judging, clock, log }: House) {
  const reads = seriesReads(series)
  return prometheusRoutes({ keys: store.tokens, clock, log, reads, rules: judging.reads })
}

function remoteWriteDoor({ data: { store, series }, judging, clock, log }: House) {
  return remoteWriteRoutes({
    ...{ keys: store.tokens, clock, log },
    sink: {
      async append(environment, batch, receivedAt) {
        const appended = await series.appendSamples(environment, batch, receivedAt)
        judging.runner.begin(environment, receivedAt)
        return appended
      },
      newest: (environment) => series.newest(environment),
    },
    admission: new Admission(INGEST_LIMITS, clock),
  })
}

function consoleOptions({ data, judging, clock, config }: House): ApiOptions {
  const { store, series, defaultRetention, retain } = data
  const { calendars, contacts, reads: alerts, tokens, thresholds, users } = store
  const instant = (environment: string, query: string) =>
    series.instant(environment, query, Math.floor(clock.now()), FOR_RULE)
  return {
    environments: heardEnvironments(store.environments, {
      retentionSet: retain,
      async removed(environment) {
        judging.forget(environment)
        await series.removeEnvironment(environment)
      },
    }),
    ...{ calendars, contacts, alerts, tokens, thresholds, users },
    notifyDesk: {
      ...{ policies: store.policies, rotas: store.rotas, receivers: store.receivers },
      ...{ mutes: store.mutes, traces: store.traces, acts: store.reminders },
      routeTrees: store.routeTrees,
      templates: judging.templates,
      summaries: { store: store.summaries, changed: () => judging.summarizer.wake() },
      drills: {
        store: store.drills,
        begin: (environment, id) => judging.drills.begin(environment, id),
        changed: () => judging.drills.wake(),
      },
      test: (receiver, environment) => judging.notifier.test(receiver, environment),
      changed: () => judging.notifier.wake(),
    },
    ...{ reporters: series, usage: series, defaultRetention },
    ruleDesk: {
      ...{ reads: judging.reads, book: judging.ownRules, uploads: judging.uploads },
      learned: async (environment) => learnedIn(await instant(environment, LEARNED)),
      found: async (environment, query) => ruleFindings(await instant(environment, query)),
    },
    pictures: openPictures(series, (environment) => judging.runner.rulesOf(environment)),
    called: calledReads(series, () => clock.now()),
    trials: new Trials({
      ...{ series, clock, windowMs: config.convergence },
      audience: (environment) => store.plans.audience(environment),
    }),
    ...{ clock, random: randomBytes, consoleFolder: CONSOLE },
    reloadRules: async () => reloadLines(await judging.book.reload()),
  }
}

function linkOptions({ data, judging, clock }: House): ActPagesOptions {
  const { environments, reads: alerts, contacts, reminders, receivers } = data.store
  return {
    ...{ links: data.actLinks, environments, alerts, contacts, clock },
    desk: { acts: reminders, receivers, changed: () => judging.notifier.wake() },
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
