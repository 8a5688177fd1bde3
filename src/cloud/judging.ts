/** What becomes of data that has come: baselines and thresholds, rules → alerts → causes → notify. */
import { fileURLToPath } from 'node:url'
import { isDrill } from '../model/drill.ts'
import type { Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import type { StopList } from '../support/stop-list.ts'
import { AgentWatch } from './agent-watch.ts'
import { ruleOf } from './alerts/judge.ts'
import { AlertTracker } from './alerts/tracker.ts'
import { Baseliner } from './baselines/baseliner.ts'
import type { CalendarSource } from './baselines/ports.ts'
import { ThresholdWriter } from './baselines/threshold-writer.ts'
import { DEFAULT_CALENDAR } from './calendar/special-day.ts'
import { Investigations } from './cause/investigations.ts'
import { causeQueries } from './cause-queries.ts'
import type { CloudConfig } from './config.ts'
import type { RuleReads } from './doors/prometheus/ports.ts'
import type { Drills } from './drill/drills.ts'
import { DRILL_RULES, openDrills } from './drilling.ts'
import { Notifier } from './notify/notifier.ts'
import { Summarizer } from './notify/summary/summarizer.ts'
import { TemplateBook } from './notify/templates/template-book.ts'
import { openPictures, type Pictures } from './pictures.ts'
import { recordTo } from './record-to.ts'
import { eventRules } from './rules/event-rules.ts'
import { OWN_FILE } from './rules/form/own-groups.ts'
import { OwnRuleBook } from './rules/form/own-rule-book.ts'
import { loadRules } from './rules/load.ts'
import { mayRead } from './rules/may-read.ts'
import type { RuleGroup } from './rules/rule.ts'
import { RuleBook } from './rules/rule-book.ts'
import { type News, RuleRunner } from './rules/runner.ts'
import { RULE_TIMEOUT_MS } from './rules/schedule.ts'
import { UploadBook } from './rules/uploaded/upload-book.ts'
import type { Progress } from './series/port.ts'
import type { StoredData } from './stored-data.ts'
import { Watchdog } from './watchdog.ts'

const DEFAULT_RULES = fileURLToPath(new URL('../../conf/rules', import.meta.url))
/** Of the collection itself: there whatever rules are configured. */
const COLLECTION_RULES = fileURLToPath(new URL('../../conf/collection.yaml', import.meta.url))
/** Of the cloud itself: there as well. */
const WATCHDOG_RULES = fileURLToPath(new URL('../../conf/watchdog.yaml', import.meta.url))
const OURS = [DEFAULT_RULES, COLLECTION_RULES, WATCHDOG_RULES, DRILL_RULES, OWN_FILE]
/** How a query of a rule is asked. */
export const FOR_RULE = { forRule: true, limits: { timeoutMs: RULE_TIMEOUT_MS } }
/** Made as long as a rule reads them. */
const BASELINES = ['tars_baseline', 'tars_baseline_day', 'tars_baseline_today']
/** News of an alarm waits this long for its cause. */
const HOLD_MS = 60_000

export interface JudgingOptions {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly data: StoredData
}

/** Steps in the order in which data goes through them. */
export class Judging {
  readonly book: RuleBook
  readonly ownRules: OwnRuleBook
  readonly uploads: UploadBook
  readonly templates: TemplateBook
  readonly notifier: Notifier
  readonly summarizer: Summarizer
  readonly drills: Drills
  readonly runner: RuleRunner
  readonly #options: JudgingOptions
  readonly #baseliner: Baseliner
  readonly #thresholds: ThresholdWriter
  readonly #watch: AgentWatch
  readonly #watchdog: Watchdog
  readonly #tracker: AlertTracker
  readonly #investigations: Investigations

  private constructor(options: JudgingOptions, book: RuleBook) {
    const { clock, log, data } = options
    const { series, store } = data
    this.#options = options
    this.book = book
    const calendars: CalendarSource = {
      calendar: async (id) => (await store.calendars.calendar(id)) ?? DEFAULT_CALENDAR,
    }
    this.#baseliner = new Baseliner({ series, calendars, clock, log })
    this.#thresholds = new ThresholdWriter({ series, thresholds: store.thresholds, clock, log })
    this.#watch = new AgentWatch((environment) => store.environments.agents(environment))
    this.#watchdog = new Watchdog(series, store)
    const pictures = openPictures(series, (environment) => this.runner.rulesOf(environment))
    this.templates = openTemplates(options)
    this.notifier = openNotifier(options, pictures, this.templates)
    this.summarizer = openSummarizer(options, this.notifier)
    this.drills = openDrills(options, this.notifier)
    this.#tracker = openTracker(options, () => this.#investigations)
    this.#investigations = openInvestigations(options, this.#tracker, this.notifier)
    this.runner = this.#openRunner()
    this.ownRules = new OwnRuleBook({
      store: store.ownRules,
      others: (environment) => [...book.rules.groups, ...this.uploads.groups(environment)],
      changed: (environment) => this.#reloadOwn(environment),
    })
    this.uploads = new UploadBook({
      ...{ store: store.ruleFiles, log },
      taken: (environment) =>
        namesIn([...book.rules.groups, ...this.ownRules.groups(environment).groups]),
      changed: (environment) => this.#reloadOwn(environment),
    })
  }

  /** Reads the rules; `begin` lets them judge. @throws {RuleFileError} */
  static async open(options: JudgingOptions, parts: StopList): Promise<Judging> {
    const { config, log } = options
    const ours = [COLLECTION_RULES, WATCHDOG_RULES, DRILL_RULES]
    const files = [...(config.rules ?? [DEFAULT_RULES]), ...ours]
    const book = await RuleBook.open({
      log,
      load: () => loadRules(files, config.rule_patterns),
      replaced: (rules) => judging.runner.reload(rules),
    })
    const judging: Judging = new Judging(options, book)
    parts.push('notifier', () => judging.notifier.stop())
    parts.push('summaries', () => judging.summarizer.stop())
    parts.push('drills', () => judging.drills.stop())
    parts.push('causes', () => judging.#investigations.stop())
    parts.push('rules', () => judging.runner.stop())
    parts.push('baselines', () => judging.#baseliner.stop())
    parts.push('thresholds', () => judging.#thresholds.stop())
    await judging.ownRules.load()
    await judging.uploads.load()
    await judging.templates.load()
    await judging.drills.load()
    return judging
  }

  /** What was taken before a crash but not judged is judged, or removed where that was under way. */
  async begin(): Promise<void> {
    const { clock, data } = this.#options
    const { series, store } = data
    series.onApplied((progress) => this.#advance(progress))
    for (const progress of await series.environments()) {
      const { environment } = progress
      if (await store.environments.environment(environment)) {
        this.#advance({ ...progress, fromBefore: true })
      } else await series.removeEnvironment(environment)
    }
    await store.outbox.endLeases(Math.floor(clock.now()))
    this.notifier.start()
    this.summarizer.wake()
    this.drills.wake()
  }

  /** For those who ask about rules. */
  get reads(): RuleReads {
    const { alerts } = this.#options.data.store
    const { runner } = this
    return {
      rules: (environment) => runner.rulesOf(environment),
      progress: (environment) => alerts.progress(environment),
      lastEvaluation: (environment, group) => runner.lastEvaluation(environment, group),
      living: async (environment) =>
        (await alerts.livingAlerts(environment)).map((alert) => {
          return { alert, rule: ruleOf(alert, runner.rulesOf(environment)) }
        }),
    }
  }

  /** What this environment has beside the rules of all. */
  #reloadOwn(environment: string): void {
    const own = [...this.uploads.groups(environment), ...this.ownRules.groups(environment).groups]
    this.runner.reloadOwn(environment, own)
  }

  /** The environment is removed: nothing of it is kept in mind. */
  forget(environment: string): void {
    for (const step of [
      ...[this.runner, this.#tracker, this.#investigations, this.#watch, this.#watchdog],
      ...[this.#baseliner, this.#thresholds, this.ownRules, this.uploads],
      ...[this.templates, this.drills],
    ]) {
      step.forget(environment)
    }
  }

  /** Resolves when what is known has been evaluated, planned and tried. */
  async idle(): Promise<void> {
    for (const step of [
      ...[
        this.drills,
        this.#baseliner,
        this.#thresholds,
        this.runner,
        this.#investigations,
        this.summarizer,
        this.notifier,
      ],
    ]) {
      await step.idle()
    }
  }

  #advance({ environment, reached, receivedAt, ...news }: Progress & News): void {
    const { runner } = this
    if (reached === undefined) {
      runner.begin(environment, Math.floor(this.#options.clock.now()))
      return
    }
    if (mayRead(runner.rulesOf(environment), BASELINES)) {
      this.#baseliner.advance(environment, reached)
    }
    this.#thresholds.advance(environment, reached)
    runner.advance(environment, reached, receivedAt, news)
  }

  /** No drill is under way, and none left an alarm. */
  #sleeps(environment: string, group: RuleGroup): boolean {
    if (group.file !== DRILL_RULES || this.drills.isUnderWay(environment)) return false
    const living = this.#tracker.living(environment)
    return living?.every(({ labels }) => !isDrill(labels)) ?? false
  }

  #openRunner(): RuleRunner {
    const { config, clock, log, data } = this.#options
    const { series, store } = data
    const tracker = this.#tracker
    const told = async (saved: Promise<unknown>) => {
      await saved
      this.notifier.wake()
    }
    return new RuleRunner({
      ...{ rules: this.book.rules, log, clock, progress: store.alerts, standings: tracker },
      query: (environment, { file }) => {
        if (file === COLLECTION_RULES) return this.#watch.query(environment)
        if (file === WATCHDOG_RULES) return this.#watchdog.query(environment)
        return { instant: (expr, at) => series.instant(environment, expr, at, FOR_RULE) }
      },
      observe: async (observation) => {
        await told(tracker.observe(observation))
        if (config.root_cause !== 'off') this.#investigations.observe(observation)
      },
      observeLate: (observations, at) => told(tracker.observeLate(observations, at)),
      observeHistory: (groups, at) => told(tracker.observeHistory(groups, at)),
      record: recordTo(series, clock),
      sleeps: (environment, group) => this.#sleeps(environment, group),
      ...(config.public_url !== undefined && { externalUrl: config.public_url }),
    })
  }
}

function openTemplates({ config, clock, log, data }: JudgingOptions): TemplateBook {
  const publicUrl = config.public_url?.replace(/\/+$/, '')
  const store = data.store.templates
  return new TemplateBook({ store, clock, log, ...(publicUrl !== undefined && { publicUrl }) })
}

function openNotifier(
  { config, clock, log, data }: JudgingOptions,
  pictures: Pictures,
  templates: TemplateBook,
): Notifier {
  const { plans, outbox, receivers, contacts, reminders, waits } = data.store
  return new Notifier({
    ...{ plans, outbox, receivers, contacts, reminders, waits, clock, log, pictures, templates },
    actLinks: data.actLinks,
    channels: { mail: config.mail },
    allowPrivate: config.allow_private_webhooks,
    windowMs: config.convergence,
    ...(config.public_url !== undefined && { publicUrl: config.public_url }),
  })
}

function openSummarizer(
  { config, clock, log, data }: JudgingOptions,
  notifier: Notifier,
): Summarizer {
  const publicUrl = config.public_url?.replace(/\/+$/, '')
  const { summaries: store, plans: people, reminders: acts } = data.store
  return new Summarizer({
    ...{ store, people, acts, clock, log, onPlanned: () => notifier.wake() },
    ...(publicUrl !== undefined && { publicUrl }),
  })
}

function openTracker(
  { config, log, data }: JudgingOptions,
  investigations: () => Investigations,
): AlertTracker {
  return new AlertTracker({
    ...{ store: data.store.alerts, events: data.series, log, eventRules },
    // Rule files of others are evaluated to Prometheus' letter.
    damps: ({ file }) => OURS.some((ours) => file === ours || file.startsWith(`${ours}/`)),
    holdUntil: (alert, observation) =>
      config.root_cause === 'off' ? undefined : investigations().holdUntil(alert, observation),
  })
}

function openInvestigations(
  { config, clock, log, data }: JudgingOptions,
  tracker: AlertTracker,
  notifier: Notifier,
): Investigations {
  const folds = config.root_cause === 'on'
  return new Investigations({
    ...{ store: data.store.standings, clock, log, folds },
    holdMs: folds ? HOLD_MS : 0,
    query: (environment) => causeQueries(data.series, environment),
    alerts: (environment) => tracker.living(environment),
    onDecided: () => notifier.wake(),
  })
}

function namesIn(groups: readonly RuleGroup[]): ReadonlySet<string> {
  return new Set(groups.flatMap(({ rules }) => rules.map(({ name }) => name)))
}
