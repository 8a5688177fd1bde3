/** Agents that are silent, and what is told of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AgentWatch, type WatchedAgent } from '../../src/cloud/agent-watch.ts'
import { evaluateGroup } from '../../src/cloud/rules/evaluate.ts'
import { loadRules } from '../../src/cloud/rules/load.ts'
import type { RuleGroup } from '../../src/cloud/rules/rule.ts'
import { RuleFeeds } from '../../src/cloud/rules/rule-feeds.ts'

const T0 = Date.UTC(2026, 10, 21, 2)
const rules = await loadRules('conf/collection.yaml')
const [group] = rules.groups as [RuleGroup]

function agent(name: string, seenSeconds: number, parts: Partial<WatchedAgent> = {}): WatchedAgent {
  const seenAt = T0 + seenSeconds * 1000
  return { agent: name, host: `host-${name}`, startedAt: T0 - 86_400_000, seenAt, ...parts }
}

/** Looked at every 10 s up to `at`, from `from` on: `AgentSilent host-a` for each element at the end. */
async function found(agents: readonly WatchedAgent[], at: number, from = 0) {
  const watch = new AgentWatch(async () => agents)
  let results: Awaited<ReturnType<typeof evaluateGroup>> = []
  for (let seconds = from; seconds <= at; seconds += 10) {
    const query = watch.query('al-1')
    results = await evaluateGroup(group, { at: T0 + seconds * 1000, query })
  }
  return results.flatMap((result) => {
    assert.equal(result.kind, 'alerting')
    return result.kind === 'alerting' ? result.elements : []
  })
}
const names = async (...of: Parameters<typeof found>) =>
  (await found(...of)).map(({ labels }) => `${labels.alertname} ${labels.host}`)

describe('an agent', () => {
  const other = agent('b', 1_000_000)
  const cases = [
    ['that is heard is no alarm', [agent('a', 990), other], 1000, []],
    ['that is silent for less than a minute is none', [agent('a', 945), other], 1000, []],
    ['that is silent for a minute is one', [agent('a', 940), other], 1000, ['AgentSilent host-a']],
    ['that was heard last more than a day ago is none', [agent('a', -86_000), other], 1000, []],
    [
      'that was installed anew on its host is none',
      [agent('a', 500), agent('c', 995, { host: 'host-a', startedAt: T0 + 600_000 })],
      1000,
      [],
    ],
    [
      'beside another on its host is one of its own',
      [agent('a', 500), agent('c', 995, { host: 'host-a' })],
      1000,
      ['AgentSilent host-a'],
    ],
    [
      'that was the last means that the collection is lost',
      [agent('a', 940)],
      1000,
      ['CollectionLost host-a'],
    ],
    [
      'of several that are all silent, the one heard last counts as the last',
      [agent('a', 100), agent('b', 940), agent('c', 930)],
      1000,
      ['AgentSilent host-a', 'AgentSilent host-c', 'CollectionLost host-b'],
    ],
  ] as const
  for (const [sentence, agents, at, alarms] of cases) {
    it(sentence, async () => assert.deepEqual(await names(agents, at), alarms))
  }

  it('says since when it is silent, and what is unknown since', async () => {
    const feeds = [
      { feed: 'subscribe', state: 'ok' },
      { feed: 'query', state: 'behind' },
      { feed: 'database', state: 'off' },
    ] as const
    const [lost] = await found([agent('a', 900, { told: { feeds } })], 1000)
    assert.equal(lost?.labels.feeds, 'subscribe, query')
    const { description = '', description_en: english = '' } = lost?.annotations ?? {}
    assert.match(
      english,
      /since 2026-11-21 02:15:00 \+0000 UTC .*unknown since then: subscribe, query\./,
    )
    assert.match(description, /2026-11-21 02:15:00 .*未知：subscribe, query。/)
  })

  it('is not silent only because nobody listened: after a start it has its minute', async () => {
    assert.deepEqual(await names([agent('a', 0)], 1040, 1000), [])
    assert.deepEqual(await names([agent('a', 0)], 1060, 1000), ['CollectionLost host-a'])
  })

  it('is not silent only because the clock was set forward', async () => {
    const watch = new AgentWatch(async () => [agent('a', 0)])
    const elements = async (seconds: number) => {
      const query = watch.query('al-1')
      const results = await evaluateGroup(group, { at: T0 + seconds * 1000, query })
      return results.map((result) => (result.kind === 'alerting' ? result.elements.length : -1))
    }
    await elements(0)
    assert.deepEqual(await elements(7200), [0, 0])
    assert.deepEqual(await elements(7210), [0, 0])
  })
})

describe('the rules of the collection', () => {
  it('run by the clock', () => assert.ok(new RuleFeeds(rules).isOnClock(group)))
})
