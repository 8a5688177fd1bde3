/** A real Prometheus on a free port of loopback with series and a rule file, where one is on PATH. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import type { SeriesData } from '../../../../src/promql/index.ts'

function find(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find(existsSync) ?? ''
}

const prometheus = find('prometheus')
const promtool = find('promtool')

/** Why nothing can be compared here, or false. */
export const noPrometheus: string | false =
  (prometheus === '' || promtool === '') &&
  'no prometheus on this machine (Debian: apt-get install prometheus)'

export interface RealPrometheus {
  readonly url: string
  close(): Promise<void>
}

export async function startPrometheus(
  series: readonly SeriesData[],
  ruleFile: string,
): Promise<RealPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'real-prometheus-'))
  const [metrics, config] = [join(folder, 'series.txt'), join(folder, 'prometheus.yml')]
  const data = join(folder, 'data')
  await writeFile(metrics, openMetrics(series))
  await writeFile(config, `rule_files: ['${ruleFile}']\n`)
  const create = ['tsdb', 'create-blocks-from', 'openmetrics', metrics, data]
  await promisify(execFile)(promtool, create)
  const port = await freePort()
  const child = spawn(
    prometheus,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const close = async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await ready(child)
  } catch (error) {
    await close()
    throw error
  }
  return { url: `http://127.0.0.1:${port}`, close }
}

function openMetrics(series: readonly SeriesData[]): string {
  const byName = Map.groupBy(series, ({ labels }) => labels.__name__ ?? '')
  const lines = [...byName].flatMap(([name, all]) => [
    `# TYPE ${name} gauge`,
    ...all.flatMap(({ labels, times, values }) => {
      const pairs = Object.entries(labels)
        .filter(([label]) => label !== '__name__')
        .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
      return Array.from(times, (at, i) => {
        const value = Object.is(values[i], -0) ? '-0' : String(values[i]).replace('Infinity', 'Inf')
        return `${name}{${pairs.join(',')}} ${value} ${(at / 1000).toFixed(3)}`
      })
    }),
  ])
  return `${lines.join('\n')}\n# EOF\n`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address !== null && typeof address === 'object' ? address.port : 0
}

/** Resolves when it takes requests; rejects with its last words when it ends before. */
async function ready({ stderr }: ChildProcess): Promise<void> {
  const lines: string[] = []
  if (!stderr) throw new RangeError('stderr is not piped')
  for await (const line of createInterface({ input: stderr })) {
    lines.push(line)
    if (line.includes('Server is ready to receive web requests')) {
      stderr.resume()
      return
    }
  }
  throw new Error(`prometheus ended\n${lines.slice(-20).join('\n')}`)
}
