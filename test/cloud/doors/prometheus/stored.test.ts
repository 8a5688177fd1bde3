/** The door before the stores the cloud really has, and its default rules. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { ruleOf } from '../../../../src/cloud/alerts/judge.ts'
import { loadRules } from '../../../../src/cloud/rules/load.ts'
import { LocalSeries } from '../../../../src/cloud/series/local-series.ts'
import { seriesReads } from '../../../../src/cloud/series-reads.ts'
import type { Store } from '../../../../src/cloud/store/store.ts'
import { parse } from '../../../../src/promql/index.ts'
import { silentLog } from '../../../../src/support/log.ts'
import { encodeBatch } from '../../../../src/wire/index.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { batch, stat, T0, window } from '../../series/fixture.ts'
import { dataFolder, openIn } from '../../store/data-folder.ts'
import { type Door, openDoor } from './door.ts'
import { alertOf } from './rule-reads.ts'

const RULES = fileURLToPath(new URL('../../../../conf/rules', import.meta.url))
const at = String(T0 / 1000)

describe('the door over the stores of the cloud', () => {
  const [folder, seriesFolder] = [dataFolder({ after }), dataFolder({ after })]
  let store: Store
  let series: LocalSeries
  let door: Door
  let ours: string
  let headers: { authorization: string }

  before(async () => {
    store = await openIn(folder)
    series = await LocalSeries.open({
      folder: seriesFolder,
      clock: new FakeClock(T0),
      log: silentLog,
    })
    const create = async (name: string) =>
      (await store.environments.createEnvironment({ name, framework: 'TARSFramework' }, T0)).id
    ours = await create('ours')
    const other = await create('other')
    await series.append(ours, encodeBatch(batch({ seq: 1 }, [window({ stats: [stat()] })])), T0)
    const foreign = stat({ callee: 'Foreign.Server' })
    await series.append(other, encodeBatch(batch({ seq: 1 }, [window({ stats: [foreign] })])), T0)
    const { secret } = await store.tokens.createToken(
      ours,
      { name: 'Grafana', scopes: ['read'] },
      T0,
    )
    headers = { authorization: `Bearer ${secret}` }
    const rules = await loadRules(RULES)
    door = await openDoor({
      keys: store.tokens,
      reads: seriesReads(series),
      rules: {
        rules: () => rules,
        progress: (environment) => store.alerts.progress(environment),
        living: async (environment) =>
          (await store.alerts.livingAlerts(environment)).map((alert) => ({
            alert,
            rule: ruleOf(alert, rules),
          })),
      },
    })
  })
  after(async () => {
    await door.close()
    await series.close()
    await store.close()
  })

  const ask = async (path: string) => {
    const answer = await fetch(`${door.url}/prometheus/${ours}/api/v1/${path}`, { headers })
    // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
    return ((await answer.json()) as any).data
  }

  it('answers of its own environment alone', async () => {
    assert.deepEqual(await ask('label/callee/values'), ['App.HelloServer'])
    const { result } = await ask(`query?time=${at}&query=sum(tars_calls)`)
    assert.deepEqual(result, [{ metric: {}, value: [T0 / 1000, '130'] }])
    assert.ok((await ask('labels')).includes('le'))
  })

  it('lists the default rules, each with a query that Grafana can ask', async () => {
    const { groups } = await ask('rules')
    const rules = groups.flatMap(({ rules: each }: { rules: unknown[] }) => each)
    assert.ok(rules.length > 0)
    for (const { query, health, type } of rules) {
      assert.doesNotMatch(query, /\$/)
      assert.doesNotThrow(() => parse(query))
      assert.equal(health, 'unknown')
      assert.match(type, /^(alerting|recording)$/)
    }
    assert.doesNotMatch(JSON.stringify(groups), new RegExp(RULES))
  })

  it('shows the alerts that live, and when their rule was evaluated', async () => {
    const [group] = (await ask('rules')).groups
    const at = group.rules.findIndex(({ type }: { type: string }) => type === 'alerting')
    const { name, labels } = group.rules[at]
    const key = `${group.file};${group.name}`
    const alert = { ...alertOf({ ...labels, alertname: name }), environment: ours, activeAt: T0 }
    await store.alerts.saveEvaluation({
      progress: { environment: ours, group: key, evaluatedAt: T0 },
      alerts: [{ ...alert, firedAt: T0 }],
      dropped: [],
      changes: [],
    })
    const shown = (await ask('rules')).groups[0]
    assert.equal(shown.lastEvaluation, new Date(T0).toISOString().replace('.000', ''))
    assert.deepEqual([shown.rules[at].state, shown.rules[at].health], ['firing', 'ok'])
    const { alerts } = await ask('alerts')
    assert.equal(alerts[0].labels.alertname, name)
  })

  it('notes that the token was used', async () => {
    const [token] = await store.tokens.tokens(ours)
    assert.ok(token?.usedAt !== undefined)
  })
})
