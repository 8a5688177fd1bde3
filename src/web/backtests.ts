/** Backtests: what rules would have told of stored data. */
import { computed, onBeforeUnmount, type Ref, ref, shallowRef } from 'vue'
import type { BacktestReport } from './backtest-report.ts'
import { CloudError, call, place } from './call.ts'
import { errorText } from './error-text.ts'
import type { RuleBody } from './rules.ts'
import type { Threshold } from './thresholds.ts'

/** `before`: without the threshold that is tried. */
export interface BacktestResult {
  readonly report: BacktestReport
  readonly before?: BacktestReport
}

export type TriedRules =
  /** A rule file. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'own'; readonly body: RuleBody }
  | { readonly kind: 'threshold'; readonly threshold: Threshold }
  | {
      readonly kind: 'value'
      /** Its id. */
      readonly rule: string
      readonly comparison: string
      readonly value: number
    }

export interface Backtest {
  readonly isRunning: Ref<boolean>
  /** 0 to 100. */
  readonly percent: Ref<number>
  readonly result: Ref<BacktestResult | undefined>
  /** Why there is no result. */
  readonly fault: Ref<string>
  /** What is there is of other rules than those of now. */
  readonly isStale: Readonly<Ref<boolean>>
  /** Of the last day; the one before is cancelled. */
  run(rules: TriedRules): Promise<void>
  /** Ends it, and forgets what is known. */
  clear(): void
}

const LOOK_EVERY_MS = 1000

/** One backtest of a component, cancelled when that goes. `current`: what it would try now; undefined: nothing sound. */
export function useBacktest(environment: string, current?: () => TriedRules | undefined): Backtest {
  const isRunning = ref(false)
  const percent = ref(0)
  const result = shallowRef<BacktestResult>()
  const fault = ref('')
  const asked = ref('')
  const isStale = computed(() => {
    if (!current || asked.value === '') return false
    return JSON.stringify(current()) !== asked.value
  })
  let underWay = new AbortController()
  let timer = 0

  function clear(): void {
    underWay.abort()
    window.clearInterval(timer)
    isRunning.value = false
    result.value = undefined
    fault.value = ''
    asked.value = ''
    percent.value = 0
  }

  async function look({ signal }: AbortController): Promise<void> {
    const path = place(environment, 'backtest')
    const answer = await call<{ running?: { doneMs: number; ofMs: number } }>('GET', path).catch(
      () => undefined,
    )
    const running = answer?.running
    if (running && !signal.aborted)
      percent.value = Math.round((100 * running.doneMs) / running.ofMs)
  }

  async function run(rules: TriedRules): Promise<void> {
    clear()
    const mine = new AbortController()
    underWay = mine
    asked.value = JSON.stringify(rules)
    isRunning.value = true
    timer = window.setInterval(() => void look(mine), LOOK_EVERY_MS)
    const path = place(environment, 'backtest')
    try {
      const found = await call<BacktestResult>('POST', path, { rules }, mine.signal)
      if (!mine.signal.aborted) result.value = found
    } catch (error) {
      if (!mine.signal.aborted) fault.value = faultText(error)
    }
    if (mine.signal.aborted) return
    window.clearInterval(timer)
    isRunning.value = false
  }

  onBeforeUnmount(clear)
  return { isRunning, percent, result, fault, isStale, run, clear }
}

/** What is wrong with a rule is told in the cloud's own words. */
function faultText(error: unknown): string {
  const [field] = error instanceof CloudError ? error.fields : []
  return field ? field.expected : errorText(error)
}
