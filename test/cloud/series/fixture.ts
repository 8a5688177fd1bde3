/** A store in a temporary folder, and batches made of a few words. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { SeriesStore, type SeriesStoreOptions } from '../../../src/cloud/series/series-store.ts'
import type { NotifyEvent } from '../../../src/model/event.ts'
import type { StatKey, StatRow, StatValues } from '../../../src/model/stat.ts'
import type { Matcher } from '../../../src/promql/index.ts'
import { silentLog } from '../../../src/support/log.ts'
import type { Batch, BatchId, Window } from '../../../src/wire/batch.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { AGENT, batchOf, EPOCH } from '../../wire/traffic.ts'

/** The end of the first window. */
export const T0 = 1_760_000_010_000
export const ENVIRONMENT = 'al-test'

export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tars-alarm-series-'))
  context.after(async () => {
    for (const store of stores.get(context) ?? []) await store.close()
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}

interface Closable {
  close(): Promise<unknown>
}

/** To be closed before their folders are removed. */
const stores = new WeakMap<TestContext, Closable[]>()

/** Closes it when the test ends, before `temporaryFolder` removes its folder. */
export function closedAfter<Store extends Closable>(context: TestContext, store: Store): Store {
  stores.set(context, [...(stores.get(context) ?? []), store])
  return store
}

export async function openStore(
  context: TestContext,
  options: Partial<SeriesStoreOptions> = {},
): Promise<SeriesStore> {
  const folder = options.folder ?? (await temporaryFolder(context))
  const store = await SeriesStore.open({
    clock: new FakeClock(T0),
    log: silentLog,
    ...options,
    folder,
  })
  return closedAfter(context, store)
}

export const KEY: StatKey = {
  callee: 'App.HelloServer',
  interface: 'testHello',
  caller: 'App.GateServer',
  calleeIp: '10.0.0.2',
  calleePort: 18_600,
  callerIp: '10.0.0.1',
  returnCode: 0,
  set: '',
  version: '3.0.20',
  side: 'client',
  spanMs: 10_000,
}

export const VALUES: StatValues = {
  calls: 130,
  timeouts: 3,
  exceptions: 2,
  durationSumMs: 1500,
  durationMaxMs: 90,
  buckets: [100, 20, 4, 1, 0, 0, 0, 0, 0, 0],
}

export function stat(key: Partial<StatKey> = {}, values: Partial<StatValues> = {}): StatRow {
  return { key: { ...KEY, ...key }, values: { ...VALUES, ...values } }
}

export function window(parts: Partial<Window> = {}): Window {
  return { endMs: T0, lengthMs: 10_000, stats: [stat()], properties: [], ...parts }
}

export function batch(
  id: Partial<BatchId>,
  windows: readonly Window[],
  rest: Partial<Batch> = {},
): Batch {
  return batchOf({
    id: { agent: AGENT, epoch: EPOCH, seq: 1, ...id },
    windows,
    ...rest,
  })
}

export function event(parts: Partial<NotifyEvent> = {}): NotifyEvent {
  return {
    at: T0 - 5_000,
    module: 'App.HelloServer',
    level: 'error',
    kind: 'restart',
    node: '10.0.0.2',
    set: '',
    title: 'server is inactive',
    text: 'server is inactive, pid 4711',
    ...parts,
  }
}

/** `name`, `name=value` … as matchers. */
export function matchers(...texts: readonly string[]): Matcher[] {
  return texts.map((text) => {
    const [, name = '', op = '=', value = ''] = /^(\w+)(=~|!~|!=|=)(.*)$/.exec(text) ?? []
    return { name, op, value } as Matcher
  })
}

/** `name{labels}` of each series found, with its samples as `[window after T0, value]`. */
export async function select(
  store: SeriesStore,
  ...texts: readonly string[]
): Promise<[string, ...[number, number][]][]> {
  const found = await store
    .source(ENVIRONMENT)
    .select(matchers(...texts), T0 - 86_400_000, T0 + 86_400_000)
  return found.map(({ labels: { __name__, ...labels }, times, values }) => [
    `${__name__}{${Object.entries(labels).map(([name, value]) => `${name}=${value}`)}}`,
    ...Array.from(times, (time, at): [number, number] => [(time - T0) / 10_000, values[at] ?? NaN]),
  ])
}
