/** `tars-alarm rules backtest` over a data folder, and over the door of a cloud. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type RulesBacktestOptions, rulesBacktest } from '../../../src/cli/rules-backtest.ts'
import { type BacktestWords, chinese, english } from '../../../src/cli/rules-backtest-words.ts'
import type { BacktestReport } from '../../../src/cloud/backtest/report.ts'
import { SeriesStore } from '../../../src/cloud/series/series-store.ts'
import { holdFolder } from '../../../src/cloud/store/sqlite/open-sqlite.ts'
import { silentLog } from '../../../src/support/log.ts'
import { tarsAlarmChild } from '../../cli/command.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { NOW, OURS, openDoor, series, sourceOf, TOKEN } from '../doors/prometheus/door.ts'
import { batch, event, stat, T0, temporaryFolder, window } from '../series/fixture.ts'
import { openIn } from '../store/data-folder.ts'

const STEP = 10_000
const MINUTES = 30
const RULES = `
groups:
  - name: g
    interval: 10s
    rules:
      - alert: Failures
        expr: sum by (callee) (sum_over_time(tars_timeouts[30s])) > 100
      - record: failures
        expr: sum by (callee) (tars_timeouts)
      - alert: Recorded
        expr: failures > 50
      - alert: Told
        expr: sum by (module, node, title) (sum_over_time(tars_notify_events[1m])) > 0
`

/** Half an hour of one service that fails in the 10th minute; the first 20 minutes are in a block. */
async function dataOf(t: TestContext): Promise<{ data: string; environment: string }> {
  const data = await temporaryFolder(t)
  const state = await openIn(data)
  const { id: environment } = await state.environments.createEnvironment(
    { name: 'ours', framework: 'TARSFramework' },
    T0,
  )
  await state.contacts.saveContact({
    ...{ id: 'c1', environment, name: 'Li', email: 'li@example.com' },
    ...{ language: 'zh', timeZone: 'Asia/Shanghai' },
  })
  await state.close()
  const folder = join(data, 'series')
  const store = await SeriesStore.open({ folder, clock: new FakeClock(T0), log: silentLog })
  for (let i = 0; i < MINUTES * 6; i++) {
    const endMs = T0 + i * STEP
    const timeouts = i >= 60 && i < 66 ? 60 : 0
    const events = i === 100 ? [event({ at: endMs - 1 })] : []
    const one = batch({ seq: i + 1 }, [window({ endMs, stats: [stat({}, { timeouts })] })], {
      events,
    })
    await store.append(environment, one, endMs)
    if (i === MINUTES * 4) await store.flush(environment)
  }
  await store.close()
  return { data, environment }
}

async function run(
  t: TestContext,
  options: Partial<RulesBacktestOptions>,
  words: BacktestWords = english,
) {
  const file = join(await temporaryFolder(t), 'rules.yaml')
  await writeFile(file, RULES)
  const [out, err]: [string[], string[]] = [[], []]
  const code = await rulesBacktest(
    [file],
    { from: String(T0 / 1000), to: String(T0 / 1000 + MINUTES * 60), step: '10s', ...options },
    {
      out: (line) => out.push(line),
      err: (line) => err.push(line),
      words,
      clock: new FakeClock(T0),
    },
  )
  return { code, out, err }
}

/** All files below, with what they hold. */
async function contentsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const read = files.map(async ({ parentPath, name }) => {
    const path = join(parentPath, name)
    return [path, (await readFile(path)).toString('base64')] as const
  })
  return new Map(await Promise.all(read))
}

const since = (ms: number) => (ms - T0) / STEP

describe('tars-alarm rules backtest --data', () => {
  it('tells which alarms would have gone to whom, and changes nothing in the folder', async (t) => {
    const { data, environment } = await dataOf(t)
    const before = await contentsOf(data)
    const { code, out } = await run(t, { data, env: environment, json: true })
    assert.equal(code, 0)
    const { alarms, byContact, services, messages } = JSON.parse(out.join('')) as BacktestReport
    assert.deepEqual(
      alarms.map(({ rule, firedAt, resolvedAt = 0 }) => [rule, since(firedAt), since(resolvedAt)]),
      [
        ['Recorded', 60, 66],
        // From 60 failures in 10 s twice, until less than that is within 30 s.
        ['Failures', 61, 67],
        ['Told', 100, 106],
      ],
    )
    assert.deepEqual(byContact, { Li: 5 })
    assert.deepEqual(
      messages.map(({ kind, rule }) => `${kind} ${rule}`),
      ['fired Recorded', 'fired Failures', 'resolved Recorded', 'resolved Failures', 'fired Told'],
    )
    assert.equal(services, 2)
    assert.deepEqual(await contentsOf(data), before)
  })

  it('tells people in lines, by the clocks of the environment', async (t) => {
    const { data, environment } = await dataOf(t)
    const { out } = await run(t, { data, env: environment })
    const text = out.join('\n')
    assert.match(
      text,
      /3 alarms\n {2}2025-10-09T17:03:30\+08:00 … \S+ {2}WARN Recorded\{callee="App.HelloServer"\}/,
    )
    assert.match(
      text,
      /5 messages, or fewer: causes are not looked for here\n {2}to Li: 5\n {2}messages a day: 240.0\n/,
    )
  })

  const seconds = (minutes: number) => String(T0 / 1000 + minutes * 60)
  for (const [name, options, words, expected] of [
    [
      'that there are no data in the time',
      { from: seconds(600), to: seconds(700) },
      english,
      /, 0 services\nnothing was judged: .*\nFailures, failures, Recorded: not stored .*: tars_timeouts\nTold: /,
    ],
    [
      'so also in Chinese',
      { from: seconds(600), to: seconds(700) },
      chinese,
      /\n什么也没有判断：.*\nFailures, failures, Recorded：这段时间没有它必须读取的数据：tars_timeouts\n/,
    ],
    [
      'that data begin late and end early',
      { from: seconds(-30), to: seconds(60), step: '1m' },
      english,
      /\ndata only from 2025-10-09T16:53:30\+08:00 to 2025-10-09T17:23:20\+08:00: no other/,
    ],
    [
      'that no instant lies in the time',
      { step: '100d' },
      english,
      /no rule was evaluated: no multiple of an interval/,
    ],
  ] as const) {
    it(`says ${name}, instead of that all was quiet`, async (t) => {
      const { data, environment } = await dataOf(t)
      const { code, out } = await run(t, { data, env: environment, ...options }, words)
      const text = out.join('\n')
      assert.match(text, expected)
      assert.doesNotMatch(text, /no alarm|没有告警|0 messages/)
      assert.equal(code, /data only/.test(text) ? 0 : 1)
    })
  }

  it('has quiet only where there were data', async (t) => {
    const { data, environment } = await dataOf(t)
    const times = { from: seconds(-600), to: seconds(600), step: '1m' }
    const { out } = await run(t, { data, env: environment, json: true, ...times })
    const { judged, noise } = JSON.parse(out.join('')) as BacktestReport
    assert.deepEqual(judged, { fromMs: T0, toMs: T0 + (MINUTES * 6 - 1) * STEP })
    assert.ok(noise && noise.longestQuietMs < MINUTES * 60_000)
  })

  for (const [what, folder, ending, [from, to], expected] of [
    ['the middle of a block', 'blocks', '.block', [0.2, 0.5], /cannot be read, .*: .*-0\.block/],
    ['the foot of a block', 'blocks', '.block', [0.95, 1], /cannot be read, .*: .*-0\.block/],
    ['the log', '', '.log', [0.2, 0.5], /cannot be read, .*: \d+ broken records/],
  ] as const) {
    it(`says what it could not read: ${what}`, async (t) => {
      const { data, environment } = await dataOf(t)
      const within = join(data, 'series', environment, folder)
      const name = (await readdir(within)).findLast((each) => each.endsWith(ending)) ?? ''
      const bytes = await readFile(join(within, name))
      bytes.fill(0x55, Math.floor(bytes.length * from), Math.floor(bytes.length * to))
      await writeFile(join(within, name), bytes)
      const { code, out } = await run(t, { data, env: environment })
      assert.equal(code, 1)
      assert.match(out.join('\n'), expected)
      const json = await run(t, { data, env: environment, json: true })
      assert.notDeepEqual((JSON.parse(json.out.join('')) as BacktestReport).unreadable, [])
    })
  }

  it('tells how far it is once for each percent', async (t) => {
    const { data, environment } = await dataOf(t)
    const long = { to: seconds(90 * 24 * 60), step: '1h' }
    const { err } = await run(t, { data, env: environment, ...long })
    assert.ok(err.length > 90 && new Set(err).size === err.length, err.join())
  })

  it('evaluates nothing before the first data', async (t) => {
    const { data, environment } = await dataOf(t)
    const asked = { data, env: environment, json: true, step: '1m' }
    const tried = async (from: string) => {
      const { out } = await run(t, { ...asked, from })
      const { evaluations, alarms, fromMs } = JSON.parse(out.join('')) as BacktestReport
      return { fromMs, evaluations, alarms: alarms.map(({ rule, firedAt }) => [rule, firedAt]) }
    }
    const [all, own] = [await tried('0'), await tried(seconds(0))]
    assert.deepEqual(all, { ...own, fromMs: 0 })
    assert.equal(own.alarms.length, 3)
  })

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves no copy behind when ${signal} ends it, and none of the contacts before`, async (t) => {
      const { data, environment } = await dataOf(t)
      const scratch = await temporaryFolder(t)
      const rules = join(await temporaryFolder(t), 'rules.yaml')
      await writeFile(rules, RULES)
      const args = ['rules', 'backtest', rules, '--data', data, '--env', environment]
      const times = ['--from', seconds(0), '--to', seconds(1e7), '--step', '1s']
      const child = tarsAlarmChild([...args, ...times], { TMPDIR: scratch })
      const ended = once(child, 'close')
      // It is at work: it says how far.
      await once(child.stderr, 'data')
      const [copy = ''] = await readdir(scratch)
      assert.deepEqual(await readdir(join(scratch, copy)), [environment])
      child.kill(signal)
      assert.deepEqual(await ended, [null, signal])
      assert.deepEqual(await readdir(scratch), [])
    })
  }

  for (const [name, setUp, expected] of [
    [
      'a cloud that runs on the folder: to be asked by its address',
      async (t: TestContext) => {
        const { data, environment } = await dataOf(t)
        t.after(holdFolder(data))
        return { data, env: environment }
      },
      /a cloud runs on .*: ask it with --url https:\/\/HOST\/prometheus\/al-\S+ --token-file FILE/,
    ],
    [
      'an environment that is not there: which there are',
      async (t: TestContext) => ({ data: (await dataOf(t)).data, env: 'al-none' }),
      /no data of al-none in .*; there are al-/,
    ],
    [
      'a folder that is none of a cloud',
      async (t: TestContext) => ({ data: await temporaryFolder(t), env: 'al-x' }),
      /is .* the data folder of a cloud\?/,
    ],
    ['neither a folder nor an address', async () => ({}), /one of --data .* and --url URL/],
    ['a time after all dates', async () => ({ url: 'http://x', to: '9e15' }), /--to '9e15'/],
    ['a time that is none', async () => ({ url: 'http://x', from: 'noon' }), /--from 'noon'/],
    ['an end before its beginning', async () => ({ url: 'http://x', to: '1' }), /is not after/],
  ] as const) {
    it(`says what to do about ${name}`, async (t) => {
      const { code, out, err } = await run(t, await setUp(t))
      assert.deepEqual([code, out], [2, []])
      assert.match(err.join('\n'), expected)
    })
  }
})

describe('tars-alarm rules backtest --url', () => {
  const values = (i: number) => (i >= 60 && i < 66 ? 60 : 0)
  const timeouts = { __name__: 'tars_timeouts', callee: 'App.A', caller: 'App.B' }
  const from = NOW - MINUTES * 60_000

  async function door(t: TestContext) {
    const all = [
      series(timeouts, MINUTES * 6, values),
      series({ ...timeouts, __name__: 'tars_calls' }, MINUTES * 6, () => 100),
    ]
    const source = {
      ...sourceOf(all),
      labelValues: async (name: string) => new Set(all.map(({ labels }) => labels[name] ?? '')),
    }
    const opened = await openDoor({ source })
    t.after(() => opened.close())
    const token = join(await temporaryFolder(t), 'token')
    await writeFile(token, TOKEN)
    const times = { from: String(from / 1000), to: String(NOW / 1000) }
    return { ...times, url: `${opened.url}/prometheus/${OURS}/`, tokenFile: token, json: true }
  }

  it('asks for ranges, and knows alarms and how many messages', async (t) => {
    const { code, out, err } = await run(t, await door(t))
    assert.deepEqual([code, err.filter((line) => !line.endsWith('%'))], [0, []])
    const report = JSON.parse(out.join('')) as BacktestReport
    assert.deepEqual(
      report.alarms.map(({ rule, labels: { callee } }) => [rule, callee]),
      [
        ['Recorded', 'App.A'],
        ['Failures', 'App.A'],
      ],
    )
    assert.equal(report.messageCount, 4)
    assert.equal(report.services, 2)
    assert.deepEqual(report.failed, [])
  })

  it('says that it was refused', async (t) => {
    const { tokenFile, ...options } = await door(t)
    await writeFile(tokenFile, 'at_wrong')
    const { code, err } = await run(t, { ...options, tokenFile })
    assert.equal(code, 2)
    assert.match(err.join('\n'), /HTTP 401/)
  })
})
