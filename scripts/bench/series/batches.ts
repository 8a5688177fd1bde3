/** A minute as the batches in which agents hand it over. */
import { LATENCY_BUCKETS, type StatValues } from '../../../src/model/stat.ts'
import { encodeBatch } from '../../../src/wire/index.ts'
import { MINUTE_MS, type Minute, type Model, VALUES } from './data.ts'
import { QUEUE } from './metrics.ts'

/** What a framework of 60 servers on 240 nodes reports a minute: more comes from another agent. */
export const RECORDS_OF_AGENT = 14_500
/** From the end of a window to its batch. */
const MADE_AFTER_MS = 1_000

/** Every agent's batch of `minute`, made when it is asked for; `seq` counts minutes, from 1. */
export function* batchesOf(model: Model, minute: Minute, seq: number): Generator<Buffer> {
  const { endMs } = minute
  const agents = Math.ceil(model.records.length / RECORDS_OF_AGENT)
  for (let agent = 0; agent < agents; agent++) {
    const from = agent * RECORDS_OF_AGENT
    const stats = model.records
      .slice(from, from + RECORDS_OF_AGENT)
      .map(({ key }, at) => ({ key, values: valuesOf(minute.values, (from + at) * VALUES) }))
    const properties = agent === 0 ? propertiesOf(model, minute) : []
    yield encodeBatch({
      id: { agent: hex(agent + 1, 32), epoch: hex(1, 16), seq },
      agent: { host: `10.16.9.${agent + 1}`, version: '0.1.0', startedAt: endMs - MINUTE_MS },
      madeAt: endMs + MADE_AFTER_MS,
      windows: [{ endMs, lengthMs: MINUTE_MS, stats, properties }],
      events: [],
      unknown: [],
    })
  }
}

function valuesOf(values: Float64Array, at: number): StatValues {
  const cumulative = values.subarray(at + VALUES - LATENCY_BUCKETS, at + VALUES)
  return {
    calls: values[at] ?? 0,
    timeouts: values[at + 1] ?? 0,
    exceptions: values[at + 2] ?? 0,
    durationSumMs: values[at + 3] ?? 0,
    durationMaxMs: values[at + 4] ?? 0,
    buckets: Array.from(cumulative, (count, bucket) => count - (cumulative[bucket - 1] ?? 0)),
  }
}

function propertiesOf({ queues }: Model, minute: Minute) {
  return queues.map(({ module, ip }, node) => ({
    key: { ...QUEUE, module, ip, set: '', le: '', spanMs: MINUTE_MS },
    value: minute.queues[node] ?? 0,
  }))
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0')
}
