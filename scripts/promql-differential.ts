/**
 * `npm run -s promql-differential [-- --seed N --queries N --all]`: random queries over random data, ours
 * against a real Prometheus. `--all` also shows the differences that are known. Exits 1 when one is not.
 */
import { parseArgs } from 'node:util'
import { show } from './promql-differential/compare.ts'
import { noPrometheus } from './promql-differential/prometheus.ts'
import { type Difference, runDifferential } from './promql-differential/run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    queries: { type: 'string', default: '4000' },
    all: { type: 'boolean', default: false },
  },
})

function report({ query, smallest, ours, theirs, known }: Difference): void {
  if (known && !values.all) return
  const { startMs, endMs, stepMs } = smallest.when
  const range = stepMs === undefined ? '' : ` to ${endMs / 1000} step ${stepMs / 1000}`
  console.log(`${known ? `known (${known})` : 'DIFFERENT'}: ${smallest.expr}`)
  console.log(`  at ${startMs / 1000}${range}`)
  if (query.expr !== smallest.expr) console.log(`  from ${query.expr}`)
  console.log(`  ours: ${show(ours, theirs)}`)
  console.log(`  prometheus: ${show(theirs, ours)}`)
}

async function main(): Promise<number> {
  if (noPrometheus !== false) {
    console.log(`skipped: ${noPrometheus}`)
    return 0
  }
  const [seed, queries] = [Number(values.seed), Number(values.queries)]
  const { compared, bothFailed, withSamples, differences } = await runDifferential({
    seed,
    queries,
    onDifference: report,
  })
  const names = new Map<string, number>()
  for (const { known } of differences) {
    if (known) names.set(known, (names.get(known) ?? 0) + 1)
  }
  for (const [name, count] of names) console.log(`known: ${count} ${name}`)
  const different = differences.filter(({ known }) => !known).length
  console.log(`seed ${seed}: ${withSamples} answers with samples`)
  console.log(`compared ${compared}, different ${different}, both failed ${bothFailed}`)
  return different > 0 ? 1 : 0
}

process.exitCode = await main()
