/** `tars-alarm env`: environments, straight in the cloud's store; a running cloud sees them at once. */

import { makeEnvironment } from '../cloud/api/new-environment.ts'
import type { EnvironmentWithKey, NewEnvironment } from '../cloud/api/ports.ts'
import { defaultCloudConfig, readCloudConfig } from '../cloud/config.ts'
import { secretsIn } from '../cloud/store/master-key.ts'
import { openSqlite } from '../cloud/store/sqlite/open-sqlite.ts'
import { openStore, type Store } from '../cloud/store/store.ts'
import { systemClock } from '../support/clock.ts'
import { Failure } from '../support/failure.ts'

type Print = (line: string) => void

export async function createEnvironment(
  environment: NewEnvironment,
  configFile: string | undefined,
  print: Print,
): Promise<void> {
  await withStore(configFile, async ({ environments }) => {
    show(await makeEnvironment(environments, environment, systemClock.now()), print)
  })
}

export async function listEnvironments(
  configFile: string | undefined,
  print: Print,
): Promise<void> {
  await withStore(configFile, async ({ environments }) => {
    const all = await environments.environments()
    for (const { id, name, framework, createdAt } of all) {
      print(`${id}  ${framework.padEnd(13)}  ${new Date(createdAt).toISOString()}  ${name}`)
    }
    if (all.length === 0) print('no environments yet: tars-alarm env create NAME')
  })
}

export async function rotateKey(
  id: string,
  configFile: string | undefined,
  print: Print,
): Promise<void> {
  await withStore(configFile, async ({ environments }) => {
    const rotated = await environments.rotateKey(id)
    if (!rotated)
      throw new Failure('unknown', `there is no environment '${id}': see tars-alarm env list`)
    show(rotated, print)
    print('The old key no longer works: put the new one into every AgentServer.conf.')
  })
}

function show({ id, name, framework, envKey }: EnvironmentWithKey, print: Print): void {
  print(`${id}  ${framework}  ${name}`)
  print(`env_key=${envKey}`)
}

async function withStore(
  configFile: string | undefined,
  task: (store: Store) => Promise<void>,
): Promise<void> {
  const config = configFile === undefined ? defaultCloudConfig() : readCloudConfig(configFile)
  const store = await openStore({
    dialect: openSqlite(config.data),
    secrets: secretsIn(config.data),
  })
  try {
    await task(store)
  } finally {
    await store.close()
  }
}
