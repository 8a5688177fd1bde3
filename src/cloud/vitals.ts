/** Whether the cloud does its work, told to the heartbeat URL of its config while it does. */
import type { Clock } from '../support/clock.ts'
import type { Log } from '../support/log.ts'
import type { CloudConfig } from './config.ts'
import type { Judging } from './judging.ts'
import { LifeSign, type Vital } from './life-sign.ts'
import { openOutgoingHttp } from './notify/channels/outgoing-http.ts'
import type { StoredData } from './stored-data.ts'

export interface Living {
  readonly config: CloudConfig
  readonly clock: Clock
  readonly log: Log
  readonly data: StoredData
  readonly judging: Judging
}

/** Returns what ends it. Nothing begins without `heartbeat` in the config. */
export function beginLifeSigns(living: Living): () => void {
  const { config, clock, log } = living
  const { heartbeat } = config
  if (!heartbeat) return () => {}
  // The operator's own choice: it may be inside.
  const http = openOutgoingHttp({ clock, allowPrivate: true })
  const none = new AbortController().signal
  const request = { url: heartbeat.url, body: '{}', contentType: 'application/json' } as const
  const sign = new LifeSign({
    ...{ clock, log, everyMs: heartbeat.every, vitals: vitalsOf(living) },
    async send() {
      const { status } = await http.post(request, none)
      if (status >= 300) throw new Error(`HTTP ${status}`)
    },
  })
  sign.start()
  return () => {
    sign.stop()
    http.close()
  }
}

/** Data are taken, rules are evaluated, messages are planned and sent. */
function vitalsOf({ data: { store, series }, judging }: Living): Readonly<Record<string, Vital>> {
  const { runner, notifier } = judging
  return {
    async store() {
      await store.outbox.lanes()
      return undefined
    },
    async series() {
      await series.environments()
      return undefined
    },
    rules: async () =>
      runner.failing > 0 ? `not evaluated in ${runner.failing} environments` : undefined,
    notify: async () => notifier.trouble,
  }
}
