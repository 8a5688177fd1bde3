import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CallGraph } from '../../../src/cloud/cause/call-graph.ts'
import type { Explanation } from '../../../src/cloud/cause/explain.ts'
import {
  becauseLine,
  excuseLine,
  explanationLines,
  impactLine,
} from '../../../src/cloud/cause/lines.ts'
import { findCauses } from '../../../src/cloud/cause/root-cause.ts'
import type { NextStep } from '../../../src/cloud/cause/verdict.ts'
import type { Language } from '../../../src/cloud/cause/words.ts'
import { edge, suspect } from './support/world.ts'

const timeText = (at: number) => `10:0${at}`

const explanation: Explanation = {
  findings: [
    {
      dimension: 'callee_ip',
      values: [{ value: '10.1.2.3', share: 0.92, trafficShare: 0.25 }],
      share: 0.92,
      trafficShare: 0.25,
      valueCount: 4,
      since: 5,
      change: { at: 4, service: 'App.D', node: '10.1.2.3', kind: 'restart' },
    },
    {
      dimension: 'return_code',
      values: [{ value: '-7', share: 0.8, trafficShare: 0.01 }],
      share: 0.8,
      trafficShare: 0.01,
      valueCount: 2,
    },
  ],
  verdict: { kind: 'node', nextStep: { kind: 'isolate-node', nodes: ['10.1.2.3'] } },
  changes: [],
}

describe('an explanation reads', () => {
  it('in Chinese', () => {
    assert.deepEqual(explanationLines(explanation, 'failures', { language: 'zh', timeText }), [
      '个别节点的问题',
      '新增失败的 92 % 来自节点 10.1.2.3（占调用量 25 %），始于 10:05，在其重启（10:04）之后',
      '新增失败的 80 % 来自返回码 -7（占调用量 1 %）',
      '下一步：隔离节点 10.1.2.3，并查看其日志与负载',
    ])
  })

  it('in English', () => {
    assert.deepEqual(explanationLines(explanation, 'failures', { language: 'en', timeText }), [
      'Trouble of single nodes',
      '92 % of the new failures: node 10.1.2.3 (25 % of the calls), since 10:05, after its restart at 10:04',
      '80 % of the new failures: return code -7 (1 % of the calls)',
      'Next: isolate 10.1.2.3, see its log and load',
    ])
  })

  it('also of a slow tail', () => {
    const lines = (le: number) =>
      explanationLines(
        { ...explanation, findings: [], slowTail: { le, share: 0.9, trafficShare: 0.02 } },
        'latency',
        { language: 'en', timeText },
      )[1]
    assert.equal(
      lines(2000),
      '90 % of the additional time: 2 % of the calls, which took up to 2000 ms',
    )
    assert.match(lines(Number.POSITIVE_INFINITY) ?? '', /more than 3000 ms/)
  })
})

describe('each next step has a text in both languages', () => {
  const steps: readonly (readonly [NextStep, string, string])[] = [
    [
      { kind: 'check-change', nodes: ['a', 'b'], change: 'publish', at: 3 },
      '下一步：检查节点 a、b 的发布（10:03），必要时回退',
      'Next: check the publish of a, b at 10:03; roll it back if need be',
    ],
    [
      { kind: 'check-process', nodes: ['a', 'b'] },
      '下一步：检查节点 a、b 上的进程：日志、core 文件与内存，以及是否已被重新拉起',
      'Next: check the process on a, b: its log, core dumps and memory, and whether it was started again',
    ],
    [
      { kind: 'check-caller', callers: ['App.A'] },
      '下一步：检查主调 App.A 的发布、配置与网络',
      'Next: check releases, configuration and network of App.A',
    ],
    [
      { kind: 'check-network', callers: ['App.A'], nodes: ['b'] },
      '下一步：检查 App.A 到 b 的网络与被调的请求队列等待时间',
      'Next: check the network from App.A to b and the queue of the callee',
    ],
    [
      { kind: 'check-network', callers: [], nodes: [] },
      '下一步：检查网络与被调的请求队列等待时间',
      'Next: check the network and the queue of the callee',
    ],
    [
      { kind: 'check-interface', interfaces: ['get'] },
      '下一步：检查接口 get 的日志',
      'Next: see the log for the interface get',
    ],
    [
      { kind: 'check-service' },
      '下一步：检查被调的日志与最近的发布',
      'Next: see the log of the callee and its latest release',
    ],
  ]
  for (const [nextStep, zh, en] of steps) {
    it(en, () => {
      const told = (language: Language) =>
        explanationLines(
          { findings: [], changes: [], verdict: { kind: 'service', nextStep } },
          'failures',
          { language, timeText },
        ).at(-1)
      assert.deepEqual([told('zh'), told('en')], [zh, en])
    })
  }
})

describe('a cause reads', () => {
  const graph = new CallGraph({
    edges: ['>Web failing 300', 'Web>A failing 300', 'A>D failing 300', 'B>D failing 100'].map(
      edge,
    ),
  })
  const [cause] = findCauses({ suspects: [suspect('Web failures')], graph })
  assert.ok(cause)

  it('by the way to it', () => {
    const path = cause.effects[0]?.path ?? []
    assert.equal(
      becauseLine('App.Web', cause, path, 'en'),
      'App.Web because of App.D (App.Web → App.A → App.D)',
    )
    assert.equal(
      becauseLine('App.Web', cause, path, 'zh'),
      'App.Web 的原因在 App.D（App.Web → App.A → App.D）',
    )
  })

  it('by whom it hits', () => {
    assert.equal(
      impactLine(cause, 'en'),
      '3 callers are hit: App.A 75 % of the trouble, App.B 25 %, App.Web',
    )
    assert.equal(
      impactLine(cause, 'zh'),
      '受影响的主调 3 个：App.A 占异常的 75 %、App.B 25 %、App.Web',
    )
    assert.equal(impactLine({ ...cause, impact: { hits: [], unlisted: 0 } }, 'en'), undefined)
    const hits = cause.impact.hits.slice(-1)
    const one = impactLine({ ...cause, impact: { hits, unlisted: 0 } }, 'en')
    assert.equal(one, '1 caller is hit: App.Web')
    const [all] = cause.impact.hits
    assert.ok(all)
    const whole = impactLine({ ...cause, impact: { hits: [all], unlisted: 0 } }, 'en')
    assert.equal(whole, '1 caller is hit: App.A')
    const load = { ...cause, matter: { kind: 'load', service: 'App.D' } } as const
    assert.match(impactLine(load, 'en') ?? '', /App\.A 75 % of the change, App\.B 25 %/)
  })

  it('with as many names as fit', () => {
    const hits = Array.from({ length: 9 }, (_, n) => ({ service: `App.S${n}`, hops: 2, share: 1 }))
    const line = impactLine({ ...cause, impact: { hits, unlisted: 3 } }, 'en')
    assert.equal(line, '12 callers are hit: App.S0, App.S1, App.S2, App.S3, App.S4 and 7 more')
  })

  it('as expected of a restart', () => {
    const restart = { at: 4, service: 'App.D', node: '10.0.0.2', kind: 'restart' } as const
    const lineOf = (language: Language) => excuseLine(restart, { language, timeText })
    assert.equal(
      lineOf('en'),
      'As expected for a while after the restart of 10.0.0.2 at 10:04: told only if it lasts',
    )
    assert.match(lineOf('zh'), /10\.0\.0\.2 的重启（10:04）/)
  })
})
