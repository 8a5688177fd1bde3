/** A real Prometheus on a free port of loopback, where one is on PATH. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { compress } from 'snappy'
import type { SeriesData } from '../../src/promql/index.ts'
import { freePorts } from '../demo/processes.ts'
import { writeRequest } from './remote-write.ts'

const program = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'prometheus'))
  .find((file) => existsSync(file))

/** Why nothing can be compared here, or false. */
export const noPrometheus: string | false =
  program === undefined && 'no prometheus on PATH (Debian: apt-get install prometheus)'

const SAMPLES_PER_REQUEST = 20_000
const START_TIMEOUT_MS = 30_000

/** One point in time, or several. */
export interface Instants {
  readonly startMs: number
  readonly endMs: number
  /** undefined: an instant query at `startMs`. */
  readonly stepMs?: number
}

/** An answer of the HTTP API. */
export interface Answer {
  readonly status: 'success' | 'error'
  readonly errorType?: string
  readonly error?: string
  readonly data?: { readonly resultType: string; readonly result: unknown }
}

export class Prometheus {
  readonly #process: ChildProcess
  readonly #folder: string
  readonly #url: string

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.#process = process
    this.#folder = folder
    this.#url = url
  }

  /** Runs, with these series in it. */
  static async start(series: readonly SeriesData[]): Promise<Prometheus> {
    if (program === undefined) throw new Error(String(noPrometheus))
    const folder = await mkdtemp(join(tmpdir(), 'promql-differential-'))
    const [port = 0] = await freePorts(1)
    const config = join(folder, 'prometheus.yml')
    await writeFile(config, 'global: {}\n')
    const child = spawn(program, argumentsOf(folder, config, port), {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`)
    try {
      await ready(child)
      await prometheus.#write(series)
    } catch (error) {
      await prometheus.stop()
      throw error
    }
    return prometheus
  }

  /** In order of time: what is much older than the newest sample is refused. */
  async #write(series: readonly SeriesData[]): Promise<void> {
    const samples = series
      .flatMap(({ labels, times, values }) =>
        Array.from(times, (ms, i) => ({ labels, ms, value: values[i] ?? 0 })),
      )
      .sort((a, b) => a.ms - b.ms)
    for (let at = 0; at < samples.length; at += SAMPLES_PER_REQUEST) {
      const part = samples.slice(at, at + SAMPLES_PER_REQUEST)
      const response = await fetch(`${this.#url}/api/v1/write`, {
        method: 'POST',
        headers: { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' },
        body: await compress(writeRequest(part)),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`remote write: ${response.status} ${text}`)
    }
  }

  async query(expr: string, { startMs, endMs, stepMs }: Instants): Promise<Answer> {
    const seconds = (ms: number) => (ms / 1000).toFixed(3)
    const when: Record<string, string> =
      stepMs === undefined
        ? { time: seconds(startMs) }
        : { start: seconds(startMs), end: seconds(endMs), step: seconds(stepMs) }
    const path = stepMs === undefined ? 'query' : 'query_range'
    const response = await fetch(`${this.#url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams({ query: expr, ...when }),
    })
    const text = await response.text()
    try {
      return JSON.parse(text) as Answer
    } catch {
      throw new Error(`prometheus: ${response.status} ${text.slice(0, 200)} to ${expr}`)
    }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit')
      this.#process.kill('SIGKILL')
      await ended
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function argumentsOf(folder: string, config: string, port: number): readonly string[] {
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`,
    '--web.enable-remote-write-receiver',
  ]
}

/** Resolves when it takes requests; rejects with its last words when it ends before. */
async function ready(child: ChildProcess): Promise<void> {
  const lines: string[] = []
  if (!child.stderr) throw new RangeError('stderr is not piped')
  const reader = createInterface({ input: child.stderr })
  const late = AbortSignal.timeout(START_TIMEOUT_MS)
  await new Promise<void>((resolve, reject) => {
    const failed = (why: string) => reject(new Error(`prometheus ${why}\n${lines.join('\n')}`))
    reader.on('line', (line) => {
      lines.push(line)
      if (lines.length > 20) lines.shift()
      if (line.includes('Server is ready to receive web requests')) resolve()
    })
    child.once('error', (error) => failed(error.message))
    child.once('exit', (code) => failed(`ended with code ${code}`))
    late.addEventListener('abort', () => failed('was not ready in time'))
  })
}
