/**
 * `npm run -s bench -- NAME [--json]`: runs one bench of `scripts/bench/` and prints its checks.
 * Exits 1 only when a check is false; a check that could not run has `ok: null` and says why.
 */
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

export interface Check {
  readonly name: string
  readonly value: number | null
  readonly unit: string
  /** What it must reach, e.g. `<= 300`. */
  readonly goal: string
  /** null: not run. */
  readonly ok: boolean | null
  /** Why it was not run. */
  readonly why?: string
}

export interface BenchResult {
  readonly checks: readonly Check[]
  readonly raw: Readonly<Record<string, unknown>>
}

/** What each file of `scripts/bench/` exports as `bench`. `note` shows progress on stderr. */
export type Bench = (note: (text: string) => void) => Promise<BenchResult>

/** A check of `value` against a limit. */
export function check(
  name: string,
  value: number,
  unit: string,
  goal: `${'<=' | '>='} ${number}`,
): Check {
  const [sign, limit] = goal.split(' ')
  const ok = sign === '<=' ? value <= Number(limit) : value >= Number(limit)
  return { name, value, unit, goal, ok }
}

/** A check that could not be run here. */
export function notRun(name: string, unit: string, goal: string, why: string): Check {
  return { name, value: null, unit, goal, ok: null, why }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

const folder = new URL('bench/', import.meta.url)

function names(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
}

function printTable(name: string, { checks }: BenchResult): void {
  console.log(`bench ${name}`)
  for (const { name: label, value, unit, goal, ok, why } of checks) {
    const mark = ok === null ? 'not run' : ok ? 'ok' : 'MISSED'
    const figure = value === null ? '-' : Number(value.toPrecision(4))
    console.log(
      `  ${mark.padEnd(8)} ${label.padEnd(44)} ${figure} ${unit}  (goal ${goal})${why ? `: ${why}` : ''}`,
    )
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { json: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const [name] = positionals
  if (!name || !/^[\w-]+$/.test(name) || !existsSync(new URL(`${name}.ts`, folder))) {
    console.error(
      `bench: which? ${name ? `there is no '${name}'; ` : ''}known: ${names().join(', ')}`,
    )
    return 2
  }
  const { bench } = (await import(new URL(`${name}.ts`, folder).href)) as { bench: Bench }
  const result = await bench((text) => console.error(`bench ${name}: ${text}`))
  if (values.json) console.log(JSON.stringify({ bench: name, ...result }))
  else printTable(name, result)
  return result.checks.some((each) => each.ok === false) ? 1 : 0
}

if (import.meta.main) process.exit(await main())
