/** Debian's prometheus and victoria-metrics, where they are on PATH: started on loopback, for one use. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdirSync, openSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { freePorts } from '../../demo/processes.ts'
import type { Model } from './data.ts'
import { labelsOf } from './metrics.ts'
import { REMOTE_WRITE_HEADERS, RemoteWrite } from './remote-write.ts'
import type { Stage } from './stage.ts'
import { Http, inParallel, type Target } from './target.ts'

export const PEERS = ['prometheus', 'victoria-metrics'] as const
export type PeerName = (typeof PEERS)[number]

const REQUESTS_AT_ONCE = 3
const STARTS_WITHIN_MS = 30_000
const STOPS_WITHIN_MS = 20_000
const POLL_MS = 100

interface Peer {
  readonly arguments: (folder: string, port: number) => readonly string[]
  readonly ready: string
  /** Of its queries: nothing may come out of a cache. */
  readonly parameters: Readonly<Record<string, string>>
  readonly pack: readonly string[]
}

const KNOWN: Readonly<Record<PeerName, Peer>> = {
  prometheus: {
    arguments: (folder, port) => {
      const config = join(folder, 'prometheus.yml')
      writeFileSync(config, 'global: {}\n')
      return [
        ...[`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`],
        ...[`--web.listen-address=127.0.0.1:${port}`, '--web.enable-remote-write-receiver'],
      ]
    },
    ready: '/-/ready',
    parameters: {},
    pack: [],
  },
  'victoria-metrics': {
    arguments: (folder, port) => [
      ...[`-storageDataPath=${join(folder, 'data')}`, `-httpListenAddr=127.0.0.1:${port}`],
      // Its default is less than the nine rules need with 50,000 records.
      '-search.maxUniqueTimeseries=2000000',
    ],
    ready: '/health',
    parameters: { nocache: '1' },
    pack: ['/internal/force_flush', '/internal/force_merge'],
  },
}

export function isOnPath(name: PeerName): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

export async function startPeer(
  name: PeerName,
  model: Model,
  { parent, stop }: Stage,
): Promise<Target> {
  const { arguments: argumentsOf, ready, parameters, pack } = KNOWN[name]
  const [port = 0] = await freePorts(1)
  const folder = join(parent, `${name}-${port}`)
  mkdirSync(join(folder, 'data'), { recursive: true })
  const log = openSync(join(folder, 'log'), 'a')
  const child = spawn(name, argumentsOf(folder, port), { stdio: ['ignore', log, log] })
  const http = new Http(`http://127.0.0.1:${port}`)
  stop.push(name, async () => {
    await http.close()
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS)
    await ended
    clearTimeout(late)
  })
  await isReady(http, ready)
  const remoteWrite = new RemoteWrite(labelsOf(model, 'tars'))
  return {
    ...{ name, pid: child.pid ?? 0, folder: join(folder, 'data') },
    push: (minute) =>
      inParallel(remoteWrite.requests(minute), REQUESTS_AT_ONCE, (body) =>
        http.post('/api/v1/write', REMOTE_WRITE_HEADERS, body),
      ),
    query: (query, atMs) => http.query('', { query, time: `${atMs / 1_000}`, ...parameters }),
    async pack() {
      for (const path of pack) await http.get(path)
    },
  }
}

async function isReady(http: Http, path: string): Promise<void> {
  for (let leftMs = STARTS_WITHIN_MS; ; leftMs -= POLL_MS) {
    try {
      await http.get(path)
      return
    } catch (error) {
      if (leftMs < 0) throw error
      await passed(POLL_MS)
    }
  }
}
