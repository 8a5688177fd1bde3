/** Our cloud: the real process on a config of its own, with one environment, its key and an API token. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BATCH_MEDIA_TYPE, BATCH_PATH } from '../../../src/wire/index.ts'
import { Console } from '../../demo/console.ts'
import { freePorts, type Started, startProcess, stopAll } from '../../demo/processes.ts'
import { batchesOf } from './batches.ts'
import type { Model } from './data.ts'
import { labelsOf } from './metrics.ts'
import { REMOTE_WRITE_HEADERS, RemoteWrite } from './remote-write.ts'
import type { Stage } from './stage.ts'
import { Http, inParallel, type Target } from './target.ts'

const CLI = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url))
const PROBE = new URL('probe.ts', import.meta.url).href
const STOPS_WITHIN_MS = 20_000
const REQUESTS_AT_ONCE = 3

export interface CloudTarget extends Target {
  readonly process: Started
}

/** Its rules are none: what is measured is series. By the write door samples have names of their own. */
export async function startCloud(
  model: Model,
  { parent, stop }: Stage,
  by: 'batches' | 'remote write' = 'batches',
): Promise<CloudTarget> {
  const [port = 0] = await freePorts(1)
  const folder = join(parent, `cloud-${port}`)
  mkdirSync(folder)
  writeFileSync(join(folder, 'rules.yaml'), 'groups: []\n')
  const config = join(folder, 'cloud.yaml')
  writeFileSync(
    config,
    `listen: 127.0.0.1:${port}\ndata: data\nrules: [rules.yaml]\nlog_level: warn\n`,
  )
  let password = ''
  const process = await startProcess('cloud', CLI, {
    args: ['cloud', '--config', config],
    env: { NODE_OPTIONS: `--import=${PROBE}` },
    onLine: (line) => {
      password ||= /password:\s*(\S+)/.exec(line)?.[1] ?? ''
    },
  })
  stop.push('cloud', () => stopAll([process], STOPS_WITHIN_MS))
  const url = `http://127.0.0.1:${port}`
  const console = new Console(url)
  await console.login('admin', password)
  const environment = await console.createEnvironment('bench')
  const token = await console.createToken(environment.id, 'bench')
  const prefix = `/prometheus/${environment.id}`
  const http = new Http(url, { authorization: `Bearer ${token}` })
  stop.push('connections', () => http.close())
  const push =
    by === 'batches'
      ? pushBatches(http, model, environment.envKey)
      : pushSamples(http, model, `${prefix}/api/v1/write`)
  return {
    ...{ name: by === 'batches' ? 'ours' : 'ours by remote write', process, push },
    ...{ pid: process.child.pid ?? 0, folder: join(folder, 'data', 'series') },
    query: (query, atMs) => http.query(prefix, { query, time: `${atMs / 1_000}` }),
  }
}

function pushBatches(http: Http, model: Model, envKey: string): Target['push'] {
  const headers = { 'content-type': BATCH_MEDIA_TYPE, authorization: `Bearer ${envKey}` }
  let seq = 0
  return async (minute) => {
    const send = (body: Buffer) => http.post(BATCH_PATH, headers, body)
    await inParallel(batchesOf(model, minute, ++seq), REQUESTS_AT_ONCE, send)
  }
}

function pushSamples(http: Http, model: Model, path: string): Target['push'] {
  // The door keeps the names of TARS' own metrics for agents.
  const remoteWrite = new RemoteWrite(labelsOf(model, 'bench'))
  return (minute) =>
    inParallel(remoteWrite.requests(minute), REQUESTS_AT_ONCE, (body) =>
      http.post(path, REMOTE_WRITE_HEADERS, body),
    )
}
