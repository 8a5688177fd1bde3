/** Alertmanager, where it is on PATH: the same alarms by its API, to the same sink. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import type { AlertChange } from '../../../src/cloud/alerts/alert.ts'
import { freePorts } from '../../demo/processes.ts'
import type { Stage } from '../series/stage.ts'
import type { Ports } from './sink.ts'

/** As Debian calls it, and as its makers do. */
const NAMES = ['prometheus-alertmanager', 'alertmanager']
const STARTS_WITHIN_MS = 30_000

export function alertmanagerOnPath(): string | undefined {
  return NAMES.find((name) =>
    (process.env.PATH ?? '').split(delimiter).some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK)
        return true
      } catch {
        return false
      }
    }),
  )
}

export interface Alertmanager {
  readonly pid: number
  post(changes: readonly AlertChange[], batch: number): Promise<void>
}

/** `group_wait` is `windowMs`. */
export async function startAlertmanager(
  name: string,
  { parent, stop }: Stage,
  { http }: Ports,
  windowMs: number,
): Promise<Alertmanager> {
  const folder = join(parent, 'alertmanager')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'am.yml'), configOf(http, windowMs))
  const [port = 0] = await freePorts(1)
  const child = spawn(
    name,
    [
      ...[`--config.file=${join(folder, 'am.yml')}`, `--storage.path=${join(folder, 'data')}`],
      ...[`--web.listen-address=127.0.0.1:${port}`, '--cluster.listen-address='],
    ],
    { stdio: 'ignore' },
  )
  const closed = once(child, 'close')
  stop.push('alertmanager', async () => {
    child.kill('SIGTERM')
    await closed
  })
  const base = `http://127.0.0.1:${port}`
  await ready(`${base}/-/ready`)
  return { pid: child.pid ?? 0, post: (changes, batch) => post(base, changes, batch) }
}

function configOf(http: number, windowMs: number): string {
  return [
    'route:',
    ...['  receiver: sink', "  group_by: ['alertname', 'callee']", `  group_wait: ${windowMs}ms`],
    ...['  group_interval: 5m', '  repeat_interval: 4h', 'receivers:', '- name: sink'],
    ...['  webhook_configs:', `  - url: http://127.0.0.1:${http}/hook`, ''],
  ].join('\n')
}

async function ready(url: string): Promise<void> {
  const deadline = performance.now() + STARTS_WITHIN_MS
  while (performance.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok) return
    await passed(100)
  }
  throw new Error(`${url} does not answer`)
}

async function post(base: string, changes: readonly AlertChange[], batch: number): Promise<void> {
  for (let from = 0; from < changes.length; from += batch) {
    const alerts = changes.slice(from, from + batch).map(({ at, alert }) => ({
      ...{ labels: alert.labels, annotations: alert.annotations },
      startsAt: new Date(at).toISOString(),
      endsAt: new Date(at + 3_600_000).toISOString(),
    }))
    const answer = await fetch(`${base}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}`)
    await answer.arrayBuffer()
  }
}
