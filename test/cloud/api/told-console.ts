/** A console over the embedded store, with the notifier that tells a real webhook. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Alert } from '../../../src/cloud/alerts/alert.ts'
import { Notifier } from '../../../src/cloud/notify/notifier.ts'
import { silentLog } from '../../../src/support/log.ts'
import { openIn } from '../store/data-folder.ts'
import { START, serveConsole } from './console.ts'

export type ToldConsole = Awaited<ReturnType<typeof startToldConsole>>

/** Somebody is logged in, and has one environment. */
export async function startToldConsole(folder: string) {
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
  }).listen(0, '127.0.0.1')
  await once(hook, 'listening')
  const { port } = hook.address() as AddressInfo
  const store = await openIn(folder)
  const { environments, contacts, reads: alerts, users, tokens } = store
  const { policies, rotas, receivers, mutes, traces, routeTrees, reminders } = store
  const site = await serveConsole({
    ...{ environments, contacts, alerts, users, tokens },
    notifyDesk: {
      ...{ policies, rotas, receivers, mutes, traces, routeTrees, acts: reminders },
      summaries: { store: store.summaries, changed() {} },
      test: (receiver, name) => notifier.test(receiver, name),
      changed: () => notifier.wake(),
    },
  })
  const notifier = new Notifier({
    ...{ plans: store.plans, outbox: store.outbox, receivers, reminders, clock: site.clock },
    ...{ log: silentLog, channels: {}, allowPrivate: true },
  })
  const cookie = await site.login()
  const wanted = { name: '生产', framework: 'TARSFramework' } as const
  const { id: ours } = await environments.createEnvironment(wanted, START)

  const call = (method: string, path: string, body?: unknown, of = ours) =>
    site.call(method, `/api/v1/environments/${of}/${path}`, { cookie, body })

  /** Resolves when all were told who are to be told now. */
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

  /** So much later, what fell due has been told. */
  async function later(ms: number): Promise<void> {
    site.clock.advance(ms)
    await notifier.idle()
  }

  async function close(): Promise<void> {
    await notifier.stop()
    await site.close()
    await store.close()
    hook.close()
    hook.closeAllConnections()
  }

  const url = `http://127.0.0.1:${port}/hook`
  return { store, ours, clock: site.clock, notifier, url, told, call, news, later, close }
}
