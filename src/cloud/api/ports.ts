/** What the console's API needs of others. */
import type { UnixMs } from '../../model/time.ts'
import type { Value } from '../../promql/index.ts'
import type { Alert, AlertState, Severity, Story } from '../alerts/alert.ts'
import type { BacktestReport } from '../backtest/report.ts'
import type { Threshold } from '../baselines/threshold.ts'
import type { CalendarSettings } from '../calendar/special-day.ts'
import type { RuleReads } from '../doors/prometheus/ports.ts'
import type { TokenScope } from '../doors/visitor/admit.ts'
import type { AgentTold } from '../ingest/ports.ts'
import type { AddressStore } from '../notify/bounce.ts'
import type { Delivery, Language, StoredContact } from '../notify/ports.ts'
import type { Picture } from '../picture/picture.ts'
import type { OwnGroups } from '../rules/form/own-groups.ts'
import type { OwnRule } from '../rules/form/own-rule.ts'
import type { RuleGroup } from '../rules/rule.ts'
import type { BookedFile, UploadReport } from '../rules/uploaded/upload-book.ts'
import type { UploadedFile } from '../rules/uploaded/uploaded-file.ts'
import type { ReporterView } from '../series/feeds/reporters.ts'

export type FrameworkType = 'TARSFramework' | 'K8SFramework'

/** How long series are kept, whole days; null: as long as the cloud does by default. */
export interface RetentionDays {
  /** As they came. */
  readonly rawDays: number | null
  /** By the hour. */
  readonly hourlyDays: number | null
}

export interface Environment {
  /** `al-` and ten letters or digits. */
  readonly id: string
  readonly name: string
  /** Never changes. */
  readonly framework: FrameworkType
  readonly createdAt: UnixMs
  readonly expiresAt: UnixMs
  readonly retention: RetentionDays
}

export interface NewEnvironment {
  readonly name: string
  readonly framework: FrameworkType
  /** Of what it begins with, such as the name of its first notification; absent: zh. */
  readonly language?: Language | undefined
}

/** A key is shown whole to who may see the environment; at rest it is sealed, and hashed for look-up. */
export interface EnvironmentWithKey extends Environment {
  readonly envKey: string
}

export interface Agent {
  readonly environment: string
  readonly agent: string
  readonly host: string
  readonly version: string
  readonly address: string
  readonly startedAt: UnixMs
  readonly seenAt: UnixMs
  readonly windowEndMs?: UnixMs
  /** In its newest heartbeat; absent before the first. */
  readonly told?: AgentTold
  /** It was the last to be given the lease to poll. */
  readonly lease?: { readonly term: number; readonly expiresAt: UnixMs }
}

export interface EnvironmentStore {
  /** Makes id and key, and the default notification (services `*`, all contacts). */
  createEnvironment(environment: NewEnvironment, now: UnixMs): Promise<EnvironmentWithKey>
  environments(): Promise<EnvironmentWithKey[]>
  environment(id: string): Promise<EnvironmentWithKey | undefined>
  /** The old key stops working at once. Undefined when there is no such environment. */
  rotateKey(id: string): Promise<EnvironmentWithKey | undefined>
  /** Undefined when there is no such environment. */
  setRetention(id: string, retention: RetentionDays): Promise<EnvironmentWithKey | undefined>
  removeEnvironment(id: string): Promise<boolean>
  agents(environment: string): Promise<Agent[]>
}

/** A service instance that reports, and which feed counts for it. */
export type Reporter = ReporterView

export interface ReporterReads {
  /** Those heard last first. */
  reporters(environment: string, limit: number): Promise<readonly Reporter[]>
}

/** What the series of an environment take. */
export interface SeriesUsage {
  /** Keys in memory: each carries all metrics of one caller and callee, or one series of a single value. */
  readonly records: number
  /** On disk. */
  readonly bytes: number
}

export interface UsageReads {
  /** Undefined for an environment that never sent anything. */
  stats(environment: string): Promise<SeriesUsage | undefined>
}

export interface NewToken {
  readonly name: string
  /** One at least. */
  readonly scopes: readonly TokenScope[]
}

/** Opens the Prometheus API of its environment; the token itself is known only to who made it. */
export interface ApiToken extends NewToken {
  readonly id: string
  readonly environment: string
  readonly createdAt: UnixMs
  /** To about a minute; absent before the first time. */
  readonly usedAt?: UnixMs
}

export interface TokenStore {
  /** Oldest first. */
  tokens(environment: string): Promise<ApiToken[]>
  /** Makes id and token, and tells the token this once. Throws `StoreFailure` `gone`. */
  createToken(
    environment: string,
    token: NewToken,
    now: UnixMs,
  ): Promise<ApiToken & { readonly secret: string }>
  /** It stops working at once. */
  removeToken(environment: string, id: string): Promise<boolean>
}

export interface ContactStore extends AddressStore {
  contacts(environment: string): Promise<StoredContact[]>
  /** What is known of an address that stays as it is stays, too. */
  saveContact(contact: StoredContact): Promise<void>
  removeContact(environment: string, id: string): Promise<boolean>
}

/** Rules of files and those that people made. */
export interface RuleDesk {
  readonly reads: RuleReads
  readonly book: {
    rules(environment: string): readonly OwnRule[]
    /** Those that are evaluated. */
    groups(environment: string): OwnGroups
    /** Rejects with `OwnRuleFailure`. */
    save(rule: OwnRule, isNew: boolean): Promise<void>
    remove(environment: string, id: string): Promise<boolean>
  }
  readonly uploads: {
    /** By name. */
    files(environment: string): readonly BookedFile[]
    /** Rejects with `UploadFailure`. */
    upload(environment: string, files: readonly UploadedFile[]): Promise<UploadReport>
    remove(environment: string, name: string): Promise<boolean>
  }
  /** What there is a baseline of: `recent`, `day`, `week`. */
  learned(environment: string): Promise<ReadonlySet<string>>
  /** How many alerts an expression would make now; rejects when it is too expensive. */
  found(environment: string, query: string): Promise<RuleFindings>
}

export interface RuleFindings {
  readonly found: number
  /** Labels of some. */
  readonly examples: Record<string, string>[]
}

export interface ThresholdStore {
  thresholds(environment: string): Promise<readonly Threshold[]>
  saveThresholds(environment: string, thresholds: readonly Threshold[]): Promise<void>
}

/** Rules tried on stored data. */
export interface RuleTrials {
  /** A report for each run. Rejects with `BacktestFailure`: `busy`, `too-long`, `cancelled`. */
  run(
    environment: string,
    trial: {
      readonly runs: readonly (readonly RuleGroup[])[]
      readonly fromMs: UnixMs
      readonly toMs: UnixMs
    },
    signal: AbortSignal,
  ): Promise<BacktestReport[]>
  /** Of the one under way, in ms of the time of the data. */
  progress(environment: string): { readonly doneMs: number; readonly ofMs: number } | undefined
}

/** What was called, for thresholds. */
export interface CalledReads {
  /** `App.Server`, lately called. */
  servers(environment: string): Promise<readonly string[]>
  interfaces(environment: string, server: string): Promise<readonly string[]>
  /** Rejects when it is too expensive. */
  range(
    environment: string,
    query: string,
    range: { readonly startMs: UnixMs; readonly endMs: UnixMs; readonly stepMs: number },
  ): Promise<Value>
}

export interface CalendarStore {
  /** Undefined for an environment that never said anything. */
  calendar(environment: string): Promise<CalendarSettings | undefined>
  saveCalendar(environment: string, settings: CalendarSettings): Promise<void>
}

export interface PictureReads {
  /** As far as the data reach at `asOf`; undefined when there is nothing to draw. Never rejects. */
  of(alert: Alert, asOf: UnixMs): Promise<Picture | undefined>
}

export interface AlertReads {
  /** Newest first by `activeAt`; `before` pages on. */
  alerts(query: {
    readonly environment: string
    readonly states?: readonly AlertState[]
    /** Only those that nobody looks after at this time: that fire, and are neither acknowledged nor snoozed. */
    readonly unhandledAt?: UnixMs
    /** Only alarms of drills, or none of them. */
    readonly drills?: 'only' | 'without'
    readonly level?: Severity
    /**
     * Each of these words is part of a label, the rule or the title, in any case of the letters A to Z. Looked for among
     * the newest 20,000 of the environment: each is looked at.
     */
    readonly words?: readonly string[]
    readonly before?: UnixMs
    readonly limit: number
  }): Promise<Alert[]>
  alert(environment: string, id: string): Promise<Alert | undefined>
  /** What is known of why it is there. */
  story(environment: string, id: string): Promise<Story | undefined>
  /** Until when, at the latest, its news waits for its cause; undefined when none does. */
  waitsUntil(environment: string, id: string): Promise<UnixMs | undefined>
  /** Newest first. */
  deliveries(query: {
    readonly environment: string
    readonly alert?: string
    readonly limit: number
  }): Promise<Delivery[]>
}

export interface User {
  readonly id: string
  readonly name: string
  /** scrypt, with its salt and parameters. */
  readonly passwordHash: string
}

export interface UserStore {
  userByName(name: string): Promise<User | undefined>
  userById(id: string): Promise<User | undefined>
  userCount(): Promise<number>
  saveUser(user: User): Promise<void>
  /** Sessions are kept as a hash of their token. */
  saveSession(session: {
    readonly tokenHash: string
    readonly user: string
    readonly expiresAt: UnixMs
  }): Promise<void>
  userOfSession(tokenHash: string, now: UnixMs): Promise<User | undefined>
  removeSession(tokenHash: string): Promise<void>
}
