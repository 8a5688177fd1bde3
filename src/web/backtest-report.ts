/** What a backtest tells. */

export interface Extent {
  readonly fromMs: number
  readonly toMs: number
}

export interface BacktestReport extends Extent {
  /** Null: nothing was. */
  readonly judged: Extent | null
  /** Rules that could judge less than that, or saw less than they look back for. */
  readonly short: readonly {
    readonly rule: string
    readonly judged: Extent | null
    /** What it cannot do without and is not stored. */
    readonly missing: readonly string[]
    /** From then on it sees all that it looks back for; absent: it always did. */
    readonly wholeFromMs?: number
  }[]
  /** What is stored and could not be read. */
  readonly unreadable: readonly string[]
  readonly alarmCount: number
  readonly messageCount: number
  readonly services: number
  readonly byRule: Readonly<Record<string, number>>
  /** Messages, by the name of the contact. */
  readonly byContact: Readonly<Record<string, number>>
  /** Null: nothing was judged. */
  readonly noise: {
    readonly messagesADay: number
    readonly alarmsPerServiceWeek: number | null
    readonly flappingShare: number
    readonly longestQuietMs: number
  } | null
  readonly alarms: readonly {
    readonly rule: string
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
    readonly firedAtMs: number
    readonly resolvedAtMs?: number
  }[]
  readonly failed: readonly {
    readonly rule: string
    readonly times: number
    readonly message: string
  }[]
}
