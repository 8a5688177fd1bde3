/** When all is done that needs no more time: for tests that move the clock of what goes over sockets and disks. */
import { subscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import { setTimeout as passed } from 'node:timers/promises'

const LOOK_MS = 10
const IDLE_MS = LOOK_MS / 2

let openRequests = 0

/** Those of this process. */
subscribe('http.server.request.start', (message) => {
  const { response } = message as { response: ServerResponse }
  openRequests++
  response.once('close', () => openRequests--)
})

/** Resolves when this process has rested a moment, and no HTTP request to it or file of it is under way. */
export async function quiet(): Promise<void> {
  for (;;) {
    const since = performance.eventLoopUtilization()
    await passed(LOOK_MS)
    const { active } = performance.eventLoopUtilization(since)
    const usesFiles = process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
    if (active < IDLE_MS && !usesFiles && openRequests === 0) return
  }
}
