/** Routes by API, over the embedded store, with the notifier that tells a real webhook. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import type { Alert, Severity } from '../../../src/cloud/alerts/alert.ts'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import type { Store } from '../../../src/cloud/store/store.ts'
import { silentLog } from '../../../src/support/log.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'
import { alertRow } from './rows.ts'

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
  const told: string[] = []
  const hook = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { status, alerts } = JSON.parse(Buffer.concat(chunks).toString())
      const rules = alerts.map((one: { labels: { alertname: string } }) => one.labels.alertname)
      told.push(`${status} ${rules.sort().join(' ')}`)
      response.end('taken')
    })
  })
  let store: Store
  let notifier: Notifier
  let site: Awaited<ReturnType<typeof serveConsole>>
  let cookie: string
  let ours: string

  before(async () => {
    await new Promise<void>((listening) => hook.listen(0, '127.0.0.1', listening))
    store = await openIn(folder)
    const { environments, contacts, reads: alerts, users, tokens } = store
    const { policies, rotas, receivers, mutes, traces, routeTrees } = store
    site = await serveConsole({
      ...{ environments, contacts, alerts, users, tokens },
      notifyDesk: {
        ...{ policies, rotas, receivers, mutes, traces, routeTrees, acts: store.reminders },
        test: (receiver, name) => notifier.test(receiver, name),
        changed: () => notifier.wake(),
      },
    })
    notifier = new Notifier({
      ...{ plans: store.plans, outbox: store.outbox, receivers, clock: site.clock },
      ...{ log: silentLog, channels: {}, allowPrivate: true, reminders: store.reminders },
    })
    cookie = await site.login()
    const wanted = { name: '生产', framework: 'TARSFramework' } as const
    ours = (await store.environments.createEnvironment(wanted, START)).id
    const { port } = hook.address() as AddressInfo
    const settings = { url: `http://127.0.0.1:${port}/hook` }
    await call('POST', 'receivers', { kind: 'webhook', name: '群', settings })
    assert.equal((await call('PUT', 'route-tree', { text: TREE, version: 0 })).status, 200)
  })
  after(async () => {
    await notifier.stop()
    await site.close()
    await store.close()
    hook.close()
    hook.closeAllConnections()
  })

  const call = (method: string, path: string, body?: unknown) =>
    site.call(method, `/api/v1/environments/${ours}/${path}`, { cookie, body })

  const alarm = (rule: string, severity: Severity) =>
    alertRow(ours, START, { id: rule, rule, severity, labels: { callee: 'Shop.Pay' } })

  async function news(kind: 'fired' | 'resolved', alert: Alert): Promise<void> {
    const at = site.clock.now()
    const now = kind === 'fired' ? alert : { ...alert, state: 'resolved' as const, resolvedAt: at }
    await store.alerts.saveEvaluation({
      progress: { environment: ours, group: 'g', evaluatedAt: at },
      ...{ alerts: [now], dropped: [], changes: [{ kind, at, receivedAt: at, alert: now }] },
    })
    notifier.wake()
    await notifier.idle()
  }

  async function later(seconds: number): Promise<void> {
    site.clock.advance(seconds * 1_000)
    await notifier.idle()
  }

  it('a group is told together, what is inhibited when its source is over', async () => {
    const [cause, other, held] = [alarm('A', 'ERROR'), alarm('B', 'ERROR'), alarm('C', 'WARN')]
    await news('fired', cause)
    await news('fired', other)
    await news('fired', held)
    assert.deepEqual(told, [])
    await later(30)
    assert.deepEqual(told.splice(0), ['firing A B'])
    const { trace, waiting } = (await call('GET', 'alarms/C/trace')).body
    const rule = '{severity="ERROR"} > {severity="WARN"} by service'
    assert.deepEqual([trace.length, trace[0].lines[0].inhibition.rule], [1, rule])
    assert.ok(['A', 'B'].includes(trace[0].lines[0].inhibition.alarm))
    assert.equal(waiting[0].inhibited, true)
    await news('resolved', cause)
    await later(60)
    assert.deepEqual(told.splice(0), ['resolved A'])
    await news('resolved', other)
    // It is looked at again, and waits for its group.
    await later(60)
    await later(30)
    assert.deepEqual(told.splice(0), ['resolved B', 'firing C'])
    const { trace: whole } = (await call('GET', 'alarms/C/trace')).body
    const names = whole[0].lines.flatMap(
      ({ policies }: { policies: { name: string }[] }) => policies,
    )
    assert.deepEqual(names[0].name, '{}/{app="Shop"}')
    await later(3_600)
    assert.deepEqual(told.splice(0), ['firing C'], 'told again')
    await news('resolved', held)
    await later(7_200)
    assert.deepEqual(told.splice(0), ['resolved C'])
  })
})
