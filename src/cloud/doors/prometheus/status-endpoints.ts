import type { Desk, Endpoint } from './call.ts'
import { goTime } from './moment.ts'

/** Grafana asks what it may use by this version: it is Prometheus', not ours. */
const SPEAKS_AS = '3.5.0'

export const buildInfoEndpoint: Endpoint = () => ({
  data: [
    JSON.stringify({
      version: SPEAKS_AS,
      revision: '',
      branch: 'tars-alarm',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    }),
  ],
})

/** Nothing of the machine it runs on: that is not the matter of who reads an environment. */
export function runtimeInfoEndpoint({ startedAt }: Desk): Endpoint {
  return ({ now }) => ({
    data: [
      JSON.stringify({
        startTime: goTime(startedAt),
        CWD: '',
        hostname: '',
        serverTime: goTime(now),
        reloadConfigSuccess: true,
        lastConfigTime: goTime(startedAt),
        corruptionCount: 0,
        goroutineCount: 0,
        GOMAXPROCS: 0,
        GOMEMLIMIT: 0,
        GOGC: '',
        GODEBUG: '',
        storageRetention: '',
      }),
    ],
  })
}
