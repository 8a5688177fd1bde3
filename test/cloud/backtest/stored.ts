/** Series in memory as a backtest reads them, and who is told by default. */
import { type BacktestOptions, backtest } from '../../../src/cloud/backtest/backtest.ts'
import { seriesOf } from '../../../src/cloud/backtest/local-series.ts'
import type { Audience } from '../../../src/cloud/notify/ports.ts'
import type { RuleSet } from '../../../src/cloud/rules/rule.ts'
import { MemorySource } from '../../../src/promql/index.ts'

export const AUDIENCE: Audience = {
  environmentName: 'test',
  policies: [{ id: 'p', environment: 'al-1', name: 'all', services: ['*'], contacts: 'all' }],
  contacts: [
    { id: 'c', environment: 'al-1', name: 'Li', email: 'li@x', language: 'zh', timeZone: 'UTC' },
  ],
}

/** Counts what it is asked. */
export class Stored extends MemorySource {
  selects = 0

  override select(...range: Parameters<MemorySource['select']>) {
    this.selects++
    return super.select(...range)
  }

  async labelValues(name: string, ...range: Parameters<MemorySource['select']>) {
    return new Set(this.select(...range).map(({ labels }) => labels[name] ?? ''))
  }

  backtest(
    rules: RuleSet,
    options: Pick<BacktestOptions, 'fromMs' | 'toMs'> & Partial<BacktestOptions>,
  ) {
    return backtest({
      environment: 'al-1',
      series: seriesOf(this, async (labels) => labels.map(() => [])),
      groups: rules.groups,
      audience: AUDIENCE,
      windowMs: 600_000,
      ...options,
    })
  }
}
