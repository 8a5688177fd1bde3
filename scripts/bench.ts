/**
 * `npm run -s bench -- NAME [--json]`: runs one bench of `scripts/bench/` and prints its checks
 * (`soak` also takes `--minutes N`; `series` `--quick`, and names of its parts to run only these; `alarms`
 * `--quick`, `--seed N` and `--scenario FILE`).
 * Exits 1 only when a check is false; a check that could not run has `ok: null` and says why.
 */
import { existsSync, readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Bench, BenchResult } from './bench-checks.ts'

const folder = new URL('bench/', import.meta.url)

function names(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -3))
}

function printTable(name: string, { checks, lines = [] }: BenchResult): void {
  console.log(`bench ${name}`)
  for (const { name: label, value, unit, goal, ok, why } of checks) {
    const mark = ok === null ? 'not run' : ok ? 'ok' : 'MISSED'
    const figure = value === null ? '-' : Number(value.toPrecision(4))
    console.log(
      `  ${mark.padEnd(8)} ${label.padEnd(44)} ${figure} ${unit}  (goal ${goal})${why ? `: ${why}` : ''}`,
    )
  }
  for (const line of lines) console.log(line)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string' },
      seed: { type: 'string' },
    },
    allowPositionals: true,
  })
  const [name, ...parts] = positionals
  if (!name || !/^[\w-]+$/.test(name) || !existsSync(new URL(`${name}.ts`, folder))) {
    console.error(
      `bench: which? ${name ? `there is no '${name}'; ` : ''}known: ${names().join(', ')}`,
    )
    return 2
  }
  const { bench } = (await import(new URL(`${name}.ts`, folder).href)) as { bench: Bench }
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
  const seed = values.seed === undefined ? undefined : Number(values.seed)
  const note = (text: string) => console.error(`bench ${name}: ${text}`)
  const { quick, scenario } = values
  const result = await bench(note, { minutes, quick, parts, seed, scenario })
  const { checks, raw } = result
  if (values.json) console.log(JSON.stringify({ bench: name, checks, raw }))
  else printTable(name, result)
  return checks.some((each) => each.ok === false) ? 1 : 0
}

if (import.meta.main) process.exit(await main())
