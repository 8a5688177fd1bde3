import { adminRegistry } from '../../../src/agent/feeds/admin-registry.ts'
import { RegistryFeed, type RegistryFeedOptions } from '../../../src/agent/feeds/registry.ts'
import type { PolledSpan } from '../../../src/model/polled.ts'
import type { ServerState } from '../../../src/model/server-state.ts'
import { silentLog } from '../../../src/support/log.ts'
import { closeCommunicator, openCommunicator } from '../../../src/tars/communicator.ts'
import { QueryF } from '../../../src/tars/idl/query-f.ts'
import { proxy } from '../../../src/tars/proxy.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { counter } from '../support/counter.ts'
import { type DoubleServer, RegistryDouble } from '../support/registry-double.ts'
import type { Cleanup } from '../support/temp-folder.ts'

/** 12:00:07 UTC. */
export const NOON_MS = Date.UTC(2026, 10, 21, 12)
const SEVEN_SECONDS_MS = 7_000

export const A = '10.0.0.1'
export const B = '10.0.0.2'

export const hello: DoubleServer = {
  module: 'App.HelloServer',
  node: A,
  object: 'App.HelloServer.HelloObj',
}
export const helloState: ServerState = {
  module: 'App.HelloServer',
  node: A,
  set: '',
  wanted: true,
  present: true,
  endpoints: 1,
}
export const nodeState = (node: string, present = true): ServerState => ({
  ...{ module: '', node, set: '', wanted: true, present, endpoints: 0 },
})

export interface Rig {
  readonly double: RegistryDouble
  readonly feed: RegistryFeed
  readonly clock: FakeClock
  readonly spans: PolledSpan[]
  /** States of the last span. */
  states(): readonly ServerState[]
}

export interface RigOptions extends Partial<RegistryFeedOptions> {
  readonly timeoutMs?: number
}

/** A feed before a registry on loopback. */
export async function startRig(
  test: Cleanup,
  { timeoutMs = 10_000, ...options }: RigOptions = {},
): Promise<Rig> {
  const double = new RegistryDouble()
  await double.start()
  const communicator = openCommunicator()
  test.after(() => {
    closeCommunicator(communicator)
    return double.stop()
  })
  const clock = new FakeClock(NOON_MS + SEVEN_SECONDS_MS)
  const spans: PolledSpan[] = []
  const object = double.at('tars.tarsAdminRegistry.AdminRegObj')
  const feed = new RegistryFeed({
    admin: adminRegistry(communicator, { object, timeoutMs }),
    query: proxy(communicator, QueryF, double.at('tars.tarsregistry.QueryObj'), { timeoutMs }),
    intake: {
      span: async (span) => {
        spans.push(span)
      },
      event: async () => {},
    },
    clock,
    log: silentLog,
    nextRead: counter(),
    ...options,
  })
  return { double, feed, clock, spans, states: () => spans.at(-1)?.states ?? [] }
}
