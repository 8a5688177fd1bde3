/** A flood slows nothing but detail: memory stays bounded, totals exact, and what is folded is counted. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { SubscribeFeed } from '../../src/agent/feeds/subscribe.ts'
import { DEFAULT_WINDOW, Windows } from '../../src/agent/window/windows.ts'
import type { StatRow } from '../../src/model/stat.ts'
import { silentLog } from '../../src/support/log.ts'
import { StatF, StatMicMsgBody, StatMicMsgHead } from '../../src/tars/idl/stat-f.ts'

/** What the agent may hold after a flood: heads it knows, open windows. Some 60 MB on the build machine. */
const MAX_HELD_MB = 100
/** For one report of 200 heads, of a flood too; folding a full window takes the longest, some 60 ms. */
const MAX_ANSWER_MS = 500
const HEADS = 200
/** What comes in a minute, and some. */
const NORMAL_KEYS = 15_000
const START_MS = 1_000_000_000_000

type Head = ReturnType<typeof StatMicMsgHead.zero>

/** A report of one head for each number, which stands in the head as nine digits: cheap to renumber. */
class Report {
  readonly #bytes: Buffer
  readonly #places: number[] = []

  constructor(head: Partial<Head>, calls: number) {
    const body = { ...StatMicMsgBody.zero(), count: calls, intervalCount: [[5, calls]] as const }
    const msg = Array.from(
      { length: HEADS },
      () => [{ ...StatMicMsgHead.zero(), ...head }, body] as const,
    )
    this.#bytes = StatF.reportMicMsg.request.encode({ msg, bFromClient: true })
    for (let at = this.#bytes.indexOf(DIGITS); at >= 0; at = this.#bytes.indexOf(DIGITS, at + 9)) {
      this.#places.push(at)
    }
  }

  numbered(first: number): Buffer {
    const width = this.#places.length / HEADS
    for (const [place, at] of this.#places.entries()) {
      const number = first + Math.floor(place / width)
      this.#bytes.write(String(number).padStart(9, '0'), at, 'latin1')
    }
    return this.#bytes
  }
}

const DIGITS = '#########'

/** What everybody else reports: services of ten interfaces, each with its callers' addresses. */
const NORMAL: readonly Report[] = Array.from({ length: 5 }, (_, service) => {
  return new Report(
    {
      masterName: 'Shop.Front@3.0.20',
      slaveName: `Shop.Service${service}`,
      interfaceName: `get${service % 3}`,
      masterIp: `n${DIGITS}`,
      slaveIp: `10.1.0.${service}`,
      slavePort: 10_000,
    },
    3,
  )
})

class Intake {
  readonly windows = new Windows(DEFAULT_WINDOW, START_MS)
  #now = START_MS
  #longestMs = 0
  #answers = 0
  readonly #take

  constructor() {
    const feed = new SubscribeFeed({
      intake: {
        stat: (at, known, values) => this.windows.addStat(at, known, values),
        property: () => {},
        event: async () => {},
      },
      now: () => this.#now,
      log: silentLog,
    })
    this.#take = feed.servants('Alarm.AgentServer')[0]?.functions.reportMicMsg
  }

  get longestMs(): number {
    return this.#longestMs
  }

  get answers(): number {
    return this.#answers
  }

  report(body: Buffer, host = '10.0.0.1'): void {
    const from = cpuMs()
    this.#take?.(body, {
      ...{ functionName: 'reportMicMsg', servantName: 'tars.tarsstat.StatObj', host, port: 4000 },
      ...{ transport: 'tcp', context: new Map(), oneWay: false },
      respond: () => this.#answers++,
      respondError: (code, message) => assert.fail(`${code} ${message}`),
    })
    this.#longestMs = Math.max(this.#longestMs, cpuMs() - from)
  }

  close(): readonly StatRow[] {
    this.#now += DEFAULT_WINDOW.lengthMs
    return this.windows.close(this.#now).windows[0]?.stats ?? []
  }
}

/** Calls by callee, interface and return code. */
function totals(rows: readonly StatRow[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { key, values } of rows) {
    const name = `${key.callee} ${key.interface} ${key.returnCode}`
    sums[name] = (sums[name] ?? 0) + values.calls
  }
  return sums
}

/** Of `rounds` reports of each of the normal keys. */
function normalTotals(rounds: number): Record<string, number> {
  const calls = (3 * rounds * NORMAL_KEYS) / NORMAL.length
  return Object.fromEntries(
    NORMAL.map((_, service) => [`Shop.Service${service} get${service % 3} 0`, calls]),
  )
}

/** All the normal keys once: number, then whose report. */
function* normalReports(): Generator<Buffer> {
  for (const report of NORMAL) {
    for (let first = 0; first < NORMAL_KEYS / NORMAL.length; first += HEADS) {
      yield report.numbered(first)
    }
  }
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

function heldMb(): number {
  collect()
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return (heapUsed + arrayBuffers) / 2 ** 20
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

describe('a hundred times the normal reports', () => {
  it('add up exactly, with all detail', () => {
    const intake = new Intake()
    const before = heldMb()
    const rounds = 16
    // So many of 1,450,000 a minute come in 10 s.
    for (let round = 0; round < rounds; round++) {
      for (const body of normalReports()) intake.report(body)
    }
    assert.ok(heldMb() - before < MAX_HELD_MB)
    const rows = intake.close()
    assert.equal(rows.length, NORMAL_KEYS)
    assert.deepEqual(totals(rows), normalTotals(rounds))
    assert.deepEqual(intake.windows.counts.stat, { folded: 0, dropped: 0 })
    assert.ok(intake.longestMs < MAX_ANSWER_MS, `${intake.longestMs} ms`)
  })
})

describe('a flood of distinct keys', () => {
  const head = { slaveName: 'Bad.Server', interfaceName: 'call', masterName: 'Bad.Client' }
  const floods: [what: string, head: Partial<Head>, keys: number, kept: string][] = [
    ['a million addresses of callers', { masterIp: `c${DIGITS}` }, 1_000_000, 'call'],
    ['callers and their addresses', { masterName: `C.${DIGITS}` }, 60_000, 'call'],
    ['addresses of callees', { slaveIp: `s${DIGITS}` }, 60_000, 'call'],
    ['interfaces, the hard bound', { interfaceName: `/orders/${DIGITS}` }, 60_000, '*'],
  ]
  for (const [what, own, keys, kept] of floods) {
    it(`${what}: others are exact, the rest is folded, counted and bounded`, () => {
      const intake = new Intake()
      const report = new Report({ masterIp: '10.6.6.6', ...head, ...own }, 2)
      const before = heldMb()
      const others = normalReports()
      let reports = 0
      for (let first = 0; first < keys; first += HEADS, reports++) {
        intake.report(report.numbered(first), '10.6.6.6')
        // Others report in between, and after it.
        const other = others.next().value
        if (other) intake.report(other)
      }
      const held = heldMb() - before
      assert.ok(held < MAX_HELD_MB, `${held} MB`)
      const rows = intake.close()
      assert.ok(rows.length <= DEFAULT_WINDOW.maxStatKeys, `${rows.length} rows`)
      assert.deepEqual(totals(rows), { ...normalTotals(1), [`Bad.Server ${kept} 0`]: 2 * keys })
      const { folded, dropped } = intake.windows.counts.stat
      assert.equal(dropped, 0)
      assert.ok(folded >= keys - DEFAULT_WINDOW.maxStatKeys, `${folded} folded`)
      assert.ok(intake.longestMs < MAX_ANSWER_MS, `${intake.longestMs} ms`)
      assert.equal(intake.answers, reports + Math.ceil(NORMAL_KEYS / HEADS))
    })
  }

  it('leaves nothing in the window after it', () => {
    const intake = new Intake()
    const report = new Report({ ...head, masterIp: `c${DIGITS}` }, 2)
    for (let first = 0; first < 30_000; first += HEADS) intake.report(report.numbered(first))
    assert.ok(intake.windows.counts.stat.folded > 0)
    intake.close()
    const { folded } = intake.windows.counts.stat
    for (const body of normalReports()) intake.report(body)
    const rows = intake.close()
    assert.equal(rows.length, NORMAL_KEYS)
    assert.equal(intake.windows.counts.stat.folded, folded)
  })
})
