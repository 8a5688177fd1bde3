/** Where it is played: a data folder with one environment, and peers of every recipient. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { secretsIn } from '../../src/cloud/store/master-key.ts'
import { openSqlite } from '../../src/cloud/store/sqlite/open-sqlite.ts'
import { openStore, type Store } from '../../src/cloud/store/store.ts'
import { freePorts } from '../demo/processes.ts'
import { Random } from '../promql-differential/random.ts'
import { RULES } from './alarms.ts'
import { Fates } from './fate.ts'
import { type Peer, startHttpPeer } from './http-peer.ts'
import type { Ledger } from './ledger.ts'
import { startSmtpPeer } from './smtp-peer.ts'

/** Receivers of webhooks. */
export const HOOKS = ['hook-a', 'hook-b', 'hook-c']
export const MAILED = 'ops@example.com'

export interface Stage {
  readonly url: string
  readonly configFile: string
  /** The cloud's `data`. */
  readonly data: string
  readonly environmentKey: string
  readonly peers: readonly Peer[]
}

export async function setStage(folder: string, ledger: Ledger, seed: number): Promise<Stage> {
  const data = join(folder, 'data')
  const hooks = new Map(HOOKS.map((id, n) => [id, new Fates(new Random(seed + n + 1))]))
  const http = await startHttpPeer(ledger, hooks)
  const smtp = await startSmtpPeer(ledger, new Fates(new Random(seed - 1)))
  const [port = 0] = await freePorts(1)
  const configFile = join(folder, 'cloud.yaml')
  writeFileSync(configFile, configOf(port, smtp.port))
  writeFileSync(join(folder, 'rules.yaml'), RULES)
  mkdirSync(data, { recursive: true })
  const store = await openStore({ dialect: openSqlite(data), secrets: secretsIn(data) })
  const environmentKey = await fill(store, http.port)
  await store.close()
  const peers = [http, smtp]
  return { url: `http://127.0.0.1:${port}`, configFile, data, environmentKey, peers }
}

function configOf(port: number, smtpPort: number): string {
  return [
    ...[`listen: 127.0.0.1:${port}`, 'data: data', 'rules: [rules.yaml]', 'log_level: error'],
    // Folding would tell of some alarms in others; a short window holds some back.
    ...['root_cause: off', 'convergence: 20s', 'allow_private_webhooks: true'],
    `mail: { host: 127.0.0.1, port: ${smtpPort}, tls: none, from: alarm@example.com }`,
    '',
  ].join('\n')
}

/** Everybody is told of everything. @returns the key by which an agent is let in. */
async function fill(store: Store, httpPort: number): Promise<string> {
  const wanted = { name: 'chaos', framework: 'TARSFramework' } as const
  const { id: environment, envKey } = await store.environments.createEnvironment(wanted, Date.now())
  const reader = { language: 'en', timeZone: 'Asia/Shanghai' } as const
  await store.contacts.saveContact({
    ...{ ...reader, id: 'ops', environment, name: 'on call', email: MAILED },
  })
  for (const id of HOOKS) {
    const settings = { url: `http://127.0.0.1:${httpPort}/${id}`, headers: {} }
    const receiver = { ...reader, id, environment, kind: 'webhook', name: id, settings } as const
    await store.receivers.saveReceiver(receiver, 0)
  }
  const policy = { id: 'default', environment, name: 'all', services: ['*'], contacts: ['ops'] }
  await store.policies.savePolicy({ ...policy, receivers: HOOKS })
  return envKey
}
