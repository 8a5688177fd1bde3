/**
 * What a real Prometheus answers. Run by hand, this file writes the recording anew:
 * `node test/cloud/doors/prometheus/recording.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type ApiCall, OF_GRAFANA, OTHERS, SERIES } from './calls.ts'
import { formOf } from './door.ts'
import { startPrometheus } from './real-prometheus.ts'

export const RULE_FILE = fixture('rules.yaml')
const FILE = fixture('recording.json')

export interface Told {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  readonly body: any
}

/** By the name of the call; `rules` and `alerts` once all rules were evaluated. */
export type Recording = Readonly<Record<string, Told>>

export function readRecording(): Recording {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}

export async function record(): Promise<Recording> {
  const real = await startPrometheus(SERIES, RULE_FILE)
  const ask = async ({ path, parameters = {}, method = 'GET' }: ApiCall): Promise<Told> => {
    const form = formOf(parameters)
    const url = `${real.url}/api/v1/${path}`
    const answer = await (method === 'GET'
      ? fetch(`${url}?${form}`)
      : fetch(url, { method, body: form }))
    return { status: answer.status, body: await answer.json() }
  }
  try {
    const told: Record<string, Told> = {}
    for (const [name, call] of Object.entries({ ...OF_GRAFANA, ...OTHERS })) {
      told[name] = await ask(call)
    }
    // Nothing tells when it has evaluated its rules; they are due each second.
    let rules = await ask({ path: 'rules' })
    while (/0001-01-01/.test(JSON.stringify(rules.body))) {
      await wait(100)
      rules = await ask({ path: 'rules' })
    }
    return { ...told, rules, alerts: await ask({ path: 'alerts' }) }
  } finally {
    await real.close()
  }
}

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/prometheus-api/${name}`, import.meta.url))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = JSON.stringify(await record(), null, 1)
  // A path of this machine is nobody's business.
  writeFileSync(FILE, `${text.replaceAll(RULE_FILE, 'rules.yaml')}\n`)
}
