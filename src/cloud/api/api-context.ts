import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import type { Verification } from '../notify/verification.ts'
import { notFound } from './api-failure.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { type InTurn, oneAtATime } from './one-at-a-time.ts'
import type { RandomBytes } from './password.ts'
import type {
  AlertReads,
  CalendarStore,
  CalledReads,
  ContactStore,
  EnvironmentStore,
  EnvironmentWithKey,
  PictureReads,
  ReporterReads,
  RuleDesk,
  RuleTrials,
  ThresholdStore,
  TokenStore,
  UsageReads,
  UserStore,
} from './ports.ts'
import type { ReloadRules } from './reload-route.ts'
import type { DefaultRetention } from './retention.ts'
import { Sessions } from './sessions.ts'

export interface ApiOptions {
  readonly environments: EnvironmentStore
  readonly contacts: ContactStore
  /** Without it mail addresses are used as they are entered. */
  readonly verification?: Verification
  readonly alerts: AlertReads
  readonly users: UserStore
  /** Without it no API tokens can be made. */
  readonly tokens?: TokenStore
  /** Without it no reporters are listed. */
  readonly reporters?: ReporterReads
  /** Without it no rules are shown. */
  readonly ruleDesk?: RuleDesk
  /** Without it alarms have no pictures. */
  readonly pictures?: PictureReads
  /** Without it no thresholds can be set. */
  readonly thresholds?: ThresholdStore
  /** Without it rules that read thresholds are not listed, and none is proposed. */
  readonly called?: CalledReads
  /** Without it there are no backtests. */
  readonly trials?: RuleTrials
  /** Without it days are as by default. */
  readonly calendars?: CalendarStore
  /** Without it who is told cannot be changed. */
  readonly notifyDesk?: NotifyDesk
  /** Without it there is no `/-/reload`. */
  readonly reloadRules?: ReloadRules
  /** Without it nothing is known to be used. */
  readonly usage?: UsageReads
  readonly defaultRetention: DefaultRetention
  readonly clock: Clock
  readonly random: RandomBytes
  /** Where the built console is, e.g. `dist/web`. */
  readonly consoleFolder: string
}

/** What the routes share. */
export interface ApiContext extends ApiOptions {
  readonly sessions: Sessions
  readonly inTurn: InTurn
  now(): UnixMs
  /** Adds the cloud's time to an answer. */
  answer<Body extends object>(body: Body): Body & { serverTimeMs: UnixMs }
  /** Throws `ApiFailure` `not-found`. */
  environment(id: string): Promise<EnvironmentWithKey>
}

export function apiContext(options: ApiOptions): ApiContext {
  const { clock, environments, users, random } = options
  // A clock that runs faster shows fractions.
  const now = () => Math.floor(clock.now())
  return {
    ...options,
    sessions: new Sessions(users, clock, random),
    inTurn: oneAtATime(),
    now,
    answer: (body) => ({ ...body, serverTimeMs: now() }),
    async environment(id) {
      const environment = await environments.environment(id)
      if (!environment) throw notFound('environment', id)
      return environment
    },
  }
}
