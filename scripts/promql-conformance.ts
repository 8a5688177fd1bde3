/** Runs promqltest scripts: `npm run promql-conformance -- FOLDER|FILE…` */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../src/support/failure.ts'
import { type Outcome, runScript } from './promqltest/run.ts'

const DEFAULT_FOLDER = '../shared/promqltest'

function scriptsIn(path: string): readonly string[] {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test'))
    .sort()
    .map((name) => join(path, name))
}

function report(file: string, outcome: Outcome): void {
  if (outcome.kind !== 'failed') return
  const { line, expr, difference } = outcome
  console.log(`${file}:${line}: ${expr}`)
  console.log(`    expected ${difference.expected}`)
  console.log(`    got      ${difference.got}`)
}

/** A script that cannot be read is one failure, and no reason not to run the others. */
async function outcomesOf(file: string): Promise<readonly Outcome[]> {
  try {
    return await runScript(readFileSync(file, 'utf8'))
  } catch (error) {
    const difference = { expected: 'a script', got: messageOf(error) }
    return [{ kind: 'failed', line: 0, expr: '', difference }]
  }
}

const count = { passed: 0, failed: 0, skipped: 0 }
const reasons = new Map<string, number>()
const paths = process.argv.slice(2)
for (const file of (paths.length > 0 ? paths : [DEFAULT_FOLDER]).flatMap(scriptsIn)) {
  for (const outcome of await outcomesOf(file)) {
    count[outcome.kind]++
    report(file, outcome)
    if (outcome.kind === 'skipped') {
      reasons.set(outcome.reason, (reasons.get(outcome.reason) ?? 0) + 1)
    }
  }
}
for (const [reason, times] of reasons) console.log(`skipped ${times}: ${reason}`)
console.log(`passed ${count.passed}, failed ${count.failed}, skipped ${count.skipped}`)
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0
