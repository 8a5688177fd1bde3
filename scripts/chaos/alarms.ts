/** The load: each batch has nodes with time-outs, and those of the batch before are well again. */
import type { Batch } from '../../src/wire/index.ts'

const WINDOW_MS = 10_000
/** Of each batch: services of its own, and nodes of each. What a second node has is held back, or over by then. */
const SERVICES = 3
const NODES = 2
/** Names a node in a text. */
export const NODE = /\b10(?:\.\d{1,3}){3}\b/g

export const RULES = `groups:
  - name: chaos
    interval: 10s
    rules:
      - alert: Trouble
        expr: sum by (callee, callee_ip) (sum_over_time(tars_timeouts[10s])) > 0
        labels: { severity: ERROR }
        annotations: { title: trouble, description: 'calls of {{ $labels.callee_ip }} time out' }
`

/** Those that are told of by batch `seq`, from 1. */
export function nodesOf(seq: number): string[] {
  return Array.from({ length: SERVICES * NODES }, (_, n) => {
    return `10.${Math.floor(seq / 200)}.${seq % 200}.${n + 1}`
  })
}

/** Batch `seq`; in a calm one nothing is wrong. */
export function batchOf(seq: number, startMs: number, isCalm = false): Batch {
  const endMs = startMs + seq * WINDOW_MS
  const stats = nodesOf(seq).map((node, n) => ({
    key: {
      ...{ callee: `Chaos.S${seq}x${Math.floor(n / NODES)}`, interface: 'call' },
      ...{ caller: 'Chaos.Caller', calleeIp: node, calleePort: 1, callerIp: '127.0.0.1' },
      ...{ returnCode: 0, set: '', version: '', spanMs: WINDOW_MS },
      side: 'client' as const,
    },
    values: {
      ...{ calls: 2, timeouts: isCalm ? 0 : 1, exceptions: 0 },
      ...{ durationSumMs: 1, durationMaxMs: 1, buckets: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
    },
  }))
  return {
    id: { agent: 'a'.repeat(32), epoch: 'e'.repeat(16), seq },
    agent: { host: 'chaos', version: '0', startedAt: startMs },
    madeAt: endMs,
    windows: [{ endMs, lengthMs: WINDOW_MS, stats, properties: [] }],
    ...{ events: [], unknown: [] },
  }
}
