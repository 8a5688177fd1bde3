/** Routes by API, over the embedded store, with the notifier that tells a real webhook. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Severity } from '../../../src/cloud/alerts/alert.ts'
import { dataFolder } from '../store/data-folder.ts'
import { START } from './console.ts'
import { alertRow } from './rows.ts'
import { startToldConsole, type ToldConsole } from './told-console.ts'

const TREE = `route:
  receiver: nobody
  routes:
    - {matchers: [app=Shop], receiver: 群, group_by: [service], group_wait: 30s, group_interval: 1m, repeat_interval: 1h}
receivers: [{name: nobody}]
inhibit_rules:
  - {source_matchers: [severity=ERROR], target_matchers: [severity=WARN], equal: [service]}
`

describe('routes, from the console to a webhook', () => {
  const folder = dataFolder({ after })
  let site: ToldConsole

  before(async () => {
    site = await startToldConsole(folder)
    const settings = { url: site.url }
    await site.call('POST', 'receivers', { kind: 'webhook', name: '群', settings })
    assert.equal((await site.call('PUT', 'route-tree', { text: TREE, version: 0 })).status, 200)
  })
  after(() => site.close())

  const alarm = (rule: string, severity: Severity) =>
    alertRow(site.ours, START, { id: rule, rule, severity, labels: { callee: 'Shop.Pay' } })

  it('a group is told together, what is inhibited when its source is over', async () => {
    const [cause, other, held] = [alarm('A', 'ERROR'), alarm('B', 'ERROR'), alarm('C', 'WARN')]
    await site.news('fired', cause)
    await site.news('fired', other)
    await site.news('fired', held)
    assert.deepEqual(site.told, [])
    await site.later(30_000)
    assert.deepEqual(site.told.splice(0), ['firing A B'])
    const { trace, waiting } = (await site.call('GET', 'alarms/C/trace')).body
    const rule = '{severity="ERROR"} > {severity="WARN"} by service'
    assert.deepEqual([trace.length, trace[0].lines[0].inhibition.rule], [1, rule])
    assert.ok(['A', 'B'].includes(trace[0].lines[0].inhibition.alarm))
    assert.equal(waiting[0].inhibited, true)
    await site.news('resolved', cause)
    await site.later(60_000)
    assert.deepEqual(site.told.splice(0), ['resolved A'])
    await site.news('resolved', other)
    // It is looked at again, and waits for its group.
    await site.later(60_000)
    await site.later(30_000)
    assert.deepEqual(site.told.splice(0), ['resolved B', 'firing C'])
    const { trace: whole } = (await site.call('GET', 'alarms/C/trace')).body
    const names = whole[0].lines.flatMap(
      ({ policies }: { policies: { name: string }[] }) => policies,
    )
    assert.deepEqual(names[0].name, '{}/{app="Shop"}')
    await site.later(3_600_000)
    assert.deepEqual(site.told.splice(0), ['firing C'], 'told again')
    await site.news('resolved', held)
    await site.later(7_200_000)
    assert.deepEqual(site.told.splice(0), ['resolved C'])
  })
})
