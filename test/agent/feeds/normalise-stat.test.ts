import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normaliseStat } from '../../../src/agent/feeds/normalise-stat.ts'
import type { Sender } from '../../../src/agent/feeds/sender.ts'
import { StatHead } from '../../../src/agent/feeds/stat-head.ts'
import type { StatRow } from '../../../src/model/stat.ts'
import type { StatMicMsgHead } from '../../../src/tars/idl/stat-f.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { StatDecoder, type StatRecord, type StatReport } from '../../../src/tars/stat-report.ts'
import { packetOf } from '../../tars/captured-packets.ts'

const HOST: Sender = { nodeName: '', host: '10.9.9.9', port: 4711 }
const NODE: Sender = { ...HOST, nodeName: 'node-a' }
const span = () => 10_000
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)

/** Copies of the rows handed on, and how many were impossible. */
function taken(report: StatReport<StatHead>, sender: Sender) {
  const rows: StatRow[] = []
  const bad = normaliseStat(report, sender, span, ({ key }, values) => {
    rows.push({ key, values: structuredClone(values) })
  })
  return { rows, bad }
}

/** The rows of a captured packet, from the context it came with. */
function rowsOf(file: string) {
  const { header, body } = decodePacket(packetOf(file))
  const context = new Map(header.context ?? [])
  const sender = { ...HOST, nodeName: context.get('node_name') ?? '' }
  return taken(new StatDecoder((head) => new StatHead(head)).decode(body), sender).rows
}

describe('normaliseStat: what a real framework sent', () => {
  it('a C++ client: version split off, address from the socket, client side', () => {
    const row = rowsOf('cpp-stat-client-1.bin').find(({ key }) => key.interface === 'crash')
    assert.deepEqual(row?.key, {
      callee: 'RigApp.HelloServer',
      interface: 'crash',
      caller: 'RigApp.HelloClient',
      calleeIp: '127.0.0.1',
      calleePort: 21010,
      callerIp: '10.9.9.9',
      returnCode: 0,
      set: '',
      version: '3.0.20',
      side: 'client',
      spanMs: 10_000,
    })
    assert.deepEqual(row?.values, {
      calls: 2,
      timeouts: 0,
      exceptions: 2,
      durationSumMs: 0,
      durationMaxMs: 0,
      // Two failures were counted in the first bucket: they have no time.
      buckets: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    })
  })

  it('a C++ server in a set: set parts from the head, address from its node name', () => {
    const row = rowsOf('cpp-stat-server-set-1.bin')[0]
    assert.equal(row?.key.callee, 'RigSet.HelloServer')
    assert.equal(row?.key.set, 'rig.sz.1')
    assert.equal(row?.key.calleeIp, 'node-a')
    assert.equal(row?.key.callerIp, '127.0.0.1')
    assert.equal(row?.key.caller, 'stat_from_server')
    assert.equal(row?.key.side, 'server')
  })

  it('a C++ client in a set loses the set from its name, and keeps its version', () => {
    const row = rowsOf('cpp-stat-client-set.bin')[0]
    assert.equal(row?.key.caller, 'RigSet.HelloClient')
    assert.equal(row?.key.version, '3.0.20')
  })

  it('tarsnode: a module without an application', () => {
    const row = rowsOf('cpp-stat-tarsnode.bin').find(({ key }) => key.interface === 'notify')
    assert.equal(row?.key.caller, 'tarsnode')
    assert.equal(row?.key.callee, 'AdminObj')
    assert.equal(row?.key.callerIp, '127.0.0.2')
  })

  it('@tars/monitor: errors are in no bucket', () => {
    const rows = rowsOf('nodejs-stat-client-1.bin')
    const crash = rows.find(({ key }) => key.interface === 'crash')
    assert.equal(crash?.key.version, '')
    assert.equal(crash && sum(crash.values.buckets), 0)
    assert.ok((crash?.values.exceptions ?? 0) > 0)
  })

  for (const file of [
    ...['cpp-stat-client-1', 'cpp-stat-client-2', 'cpp-stat-server-1', 'cpp-stat-server-2'],
    ...['cpp-stat-server-set-1', 'cpp-stat-server-set-9', 'cpp-stat-tarsnode'],
    'nodejs-stat-client-1',
  ]) {
    it(`${file}: buckets add up to the calls that succeeded`, () => {
      const rows = rowsOf(`${file}.bin`)
      assert.ok(rows.length > 0)
      for (const { key, values } of rows) {
        const succeeded = values.calls - values.timeouts - values.exceptions
        assert.equal(sum(values.buckets), succeeded, key.interface)
      }
    })
  }
})

const HEAD: StatMicMsgHead = {
  masterName: 'App.Client@3.0.20',
  slaveName: 'App.Server',
  interfaceName: 'get',
  masterIp: '',
  slaveIp: '10.0.0.2',
  slavePort: 18001,
  returnValue: 0,
  slaveSetName: '',
  slaveSetArea: '',
  slaveSetID: '',
  tarsVersion: '',
}
const COUNTS = { count: 0, timeoutCount: 0, execCount: 0, totalRspTime: 0, maxRspTime: 0 }
const BOUNDS = [5, 10, 50, 100, 200, 500, 1000, 2000, 3000]
const JAVA_BOUNDS = [...BOUNDS, 5000, 10_000, 100_000]

interface Case {
  readonly head?: Partial<StatMicMsgHead>
  readonly counts: Partial<StatRecord>
  readonly bounds?: readonly number[]
  /** By bound. */
  readonly calls: Readonly<Record<number, number>>
  readonly sender?: Sender
  readonly fromClient?: boolean
}

function normalised(given: Case) {
  const { head, counts, bounds = BOUNDS, calls, sender = HOST, fromClient = true } = given
  const intervalCount = bounds.flatMap((bound) => [bound, calls[bound] ?? 0])
  const record = { ...COUNTS, minRspTime: 0, ...counts, intervalCount }
  const records = [{ ...record, head: new StatHead({ ...HEAD, ...head }) }]
  return taken({ fromClient, records }, sender)
}

describe('normaliseStat: latency buckets mean the same for every runtime', () => {
  const cases: [name: string, given: Case, buckets: readonly number[]][] = [
    [
      'C++: failures leave the first bucket',
      { counts: { count: 3, timeoutCount: 1, execCount: 1 }, calls: { 5: 4, 10: 1 } },
      [2, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'C++: calls of 3 s and more, which are in no bucket, go to +Inf',
      { counts: { count: 5 }, calls: { 5: 3 } },
      [3, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    ],
    [
      'C++: more failures than the first bucket holds leave it empty',
      { counts: { count: 2, execCount: 3 }, calls: { 5: 2, 10: 2 } },
      [0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'C++ server: known by its master, without a version',
      {
        head: { masterName: 'stat_from_server' },
        counts: { count: 1, execCount: 1 },
        calls: { 5: 2 },
        fromClient: false,
      },
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'older C++ server: known by the node name in its context',
      {
        head: { masterName: 'tup_client' },
        counts: { count: 1, execCount: 1 },
        calls: { 5: 2 },
        sender: NODE,
        fromClient: false,
      },
      [1, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'Node.js: failures are in none, so none are taken out',
      { head: { masterName: 'App.Client' }, counts: { count: 2, execCount: 1 }, calls: { 5: 2 } },
      [2, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ],
    [
      'Node.js: slower than 3 s stays in the last bucket',
      { head: { masterName: 'App.Client' }, counts: { count: 1 }, calls: { 3000: 1 } },
      [0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    ],
    [
      'Java: bounds beyond 3 s go to +Inf; failures keep their time',
      {
        counts: { count: 4, execCount: 1 },
        bounds: JAVA_BOUNDS,
        calls: { 5: 3, 5000: 1, 100000: 1 },
      },
      [3, 0, 0, 0, 0, 0, 0, 0, 0, 2],
    ],
    [
      'Go: failures, known by the return code, keep their time, slow ones go to +Inf',
      { head: { returnValue: -1 }, counts: { execCount: 3 }, calls: { 100: 2 } },
      [0, 0, 0, 2, 0, 0, 0, 0, 0, 1],
    ],
    [
      'unusual bounds count where they end',
      { counts: { count: 2 }, bounds: [7, 3000], calls: { 7: 1, 3000: 1 } },
      [0, 1, 0, 0, 0, 0, 0, 0, 1, 0],
    ],
  ]
  for (const [name, given, buckets] of cases) {
    it(name, () => assert.deepEqual(normalised(given).rows[0]?.values.buckets, buckets))
  }
})

describe('normaliseStat: keys', () => {
  const one = { counts: { count: 1 }, calls: { 5: 1 } }
  it('the address of a caller: its own, else its node, else its socket', () => {
    const callerIp = (given: Case) => normalised(given).rows[0]?.key.callerIp
    assert.equal(callerIp({ ...one, head: { masterIp: '10.0.0.1' }, sender: NODE }), '10.0.0.1')
    assert.equal(callerIp({ ...one, sender: NODE }), 'node-a')
    assert.equal(callerIp(one), '10.9.9.9')
  })
  it('the address of a server that reports itself, likewise', () => {
    const head = { slaveIp: '', slavePort: 0, masterIp: '10.0.0.1' }
    const row = normalised({ ...one, head, sender: NODE, fromClient: false }).rows[0]
    assert.equal(row?.key.calleeIp, 'node-a')
    assert.equal(row?.key.callerIp, '10.0.0.1')
  })
  it('a set without parts is what the name says', () => {
    assert.equal(
      normalised({ ...one, head: { slaveName: 'A.B.grpsz2' } }).rows[0]?.key.set,
      'grpsz2',
    )
  })
  it('the span is asked for the module that reports', () => {
    const asked: string[] = []
    const records = [
      { ...COUNTS, count: 1, minRspTime: 0, intervalCount: [], head: new StatHead(HEAD) },
    ]
    for (const fromClient of [true, false]) {
      normaliseStat(
        { fromClient, records },
        HOST,
        (module) => asked.push(module),
        () => {},
      )
    }
    assert.deepEqual(asked, ['App.Client', 'App.Server'])
  })
  it('a port that is none is unknown: the cloud would refuse it, and all that came with it', () => {
    const ports = [-1, 65_535, 65_536].map(
      (slavePort) => normalised({ ...one, head: { slavePort } }).rows[0]?.key.calleePort,
    )
    assert.deepEqual(ports, [0, 65_535, 0])
  })
  it('very long names are cut', () => {
    const key = normalised({ ...one, head: { interfaceName: '长'.repeat(5000) } }).rows[0]?.key
    assert.equal(key?.interface, '长'.repeat(85))
  })
  it('rows without a call are left out, impossible ones are counted', () => {
    assert.deepEqual(normalised({ counts: {}, calls: {} }), { rows: [], bad: 0 })
    assert.deepEqual(normalised({ counts: { count: -1 }, calls: {} }), { rows: [], bad: 1 })
    assert.deepEqual(normalised({ counts: { count: 1 }, calls: { 5: -1 } }), { rows: [], bad: 1 })
  })
})
