/** A query feed that asks a framework over TCP, with what it handed on. */
import { QueryFeed, type QueryFeedOptions } from '../../../src/agent/feeds/query.ts'
import { queryPorts } from '../../../src/agent/feeds/query-ports.ts'
import type { QueryKind } from '../../../src/agent/feeds/query-table.ts'
import type { PolledSpan } from '../../../src/model/polled.ts'
import { Failure } from '../../../src/support/failure.ts'
import { silentLog } from '../../../src/support/log.ts'
import { closeCommunicator, openCommunicator } from '../../../src/tars/communicator.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { counter } from '../support/counter.ts'
import { MonitorQueryDouble, type StoredRow } from '../support/monitor-query-double.ts'
import type { Cleanup } from '../support/temp-folder.ts'

export const MINUTE = 60_000

interface RigOptions extends Partial<QueryFeedOptions> {
  readonly reads?: readonly QueryKind[]
}

export class QueryRig {
  readonly framework = new MonitorQueryDouble()
  readonly clock: FakeClock
  readonly spans: PolledSpan[] = []
  /** The intake is full while true. */
  isFull = false
  #feed: QueryFeed | undefined

  /** `at` as `2026-11-21T02:41Z`. */
  static async start(
    test: Cleanup,
    at: string,
    { reads = ['stat'], ...options }: RigOptions = {},
    timeoutMs = 10_000,
  ): Promise<QueryRig> {
    const rig = new QueryRig(at)
    const communicator = openCommunicator()
    await rig.framework.start()
    test.after(async () => {
      await rig.feed.close()
      closeCommunicator(communicator)
      await rig.framework.stop()
    })
    const ports = queryPorts(communicator, rig.framework.objects, timeoutMs)
    rig.#feed = new QueryFeed({
      ask: Object.fromEntries(reads.map((kind) => [kind, ports[kind]])),
      framework: () => rig.framework.framework,
      timeZone: undefined,
      clock: rig.clock,
      log: silentLog,
      intake: {
        span: async (span) => {
          if (rig.isFull) throw new Failure('full', 'the spool is full')
          rig.spans.push(span)
        },
        event: async () => {},
      },
      nextRead: counter(),
      ...options,
    })
    return rig
  }

  constructor(at: string) {
    this.clock = new FakeClock(Date.parse(at))
  }

  get feed(): QueryFeed {
    if (!this.#feed) throw new Error('not started')
    return this.#feed
  }

  /** One round at the time that it is, and what it handed on. */
  async poll(term = 1): Promise<PolledSpan[]> {
    const before = this.spans.length
    await this.feed.poll(term)
    return this.spans.slice(before)
  }

  async pollAt(at: string, term = 1): Promise<PolledSpan[]> {
    this.clock.moveTo(Date.parse(at))
    return await this.poll(term)
  }

  /** The framework has completed the bucket `20261121 0240`. */
  complete(lastTime: string): void {
    this.framework.lastTime.set('tars_stat', lastTime)
    this.framework.lastTime.set('tars_property', lastTime)
  }
}

/** `calls` successes below 5 ms in the bucket `tflag`. */
export function statOf(tflag: string, calls: number, change: StoredRow = {}): StoredRow {
  return {
    f_date: '2026-11-21',
    f_tflag: tflag,
    source_id: '10.0.0.1',
    master_name: 'RigApp.HelloClient',
    slave_name: 'RigApp.HelloServer',
    interface_name: 'echo',
    tars_version: '3.0.20',
    master_ip: '10.0.0.2',
    slave_ip: '10.0.0.3',
    slave_port: 21010,
    return_value: 0,
    succ_count: calls,
    timeout_count: 0,
    exce_count: 0,
    interv_count: `5|${calls},10|0,50|0`,
    total_time: calls,
    maxrsp_time: 1,
    ...change,
  }
}

export function propertyOf(tflag: string, policy: string, value: string | number, name = 'rig') {
  return {
    f_date: '2026-11-21',
    f_tflag: tflag,
    master_name: 'RigApp.HelloServer',
    master_ip: '10.0.0.3',
    property_name: name,
    set_name: '',
    set_area: '',
    set_id: '',
    policy,
    value,
  } satisfies StoredRow
}

/** `02:40 12` for a bucket with 12 calls, by the clock of UTC. */
export function summaryOf(spans: readonly PolledSpan[]): string[] {
  return spans.map(({ endMs, stats }) => {
    const calls = stats.reduce((sum, { values }) => sum + values.calls, 0)
    return `${new Date(endMs).toISOString().slice(11, 16)} ${calls}`
  })
}
