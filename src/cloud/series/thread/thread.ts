/** The thread of the series: a store on this disk, asked by messages. Started by `ThreadLink`. */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../../support/clock.ts'
import type { Log } from '../../../support/log.ts'
import { MemoryReducer } from '../../../support/process-memory.ts'
import { LocalSeries } from '../local-series.ts'
import type { SeriesPort } from '../port.ts'
import { buffersOf, packed } from './packed-answer.ts'
import {
  type FromThread,
  LOG_LEVELS,
  type LogWords,
  sealed,
  type ThreadData,
  type ToThread,
} from './thread-messages.ts'

type Question = Extract<ToThread, { kind: 'call' }>

const port = parentPort
if (!port) throw new RangeError('thread.ts is started by ThreadLink')
const tell = (message: FromThread, buffers: ArrayBuffer[] = []) =>
  port.postMessage(message, buffers)
/** Questions that are not answered yet. */
const underWay = new Map<number, AbortController>()
/** Without pino, which is 3 MB: the other thread has it. */
const log = Object.fromEntries(
  LOG_LEVELS.map((level) => [level, (...words: LogWords) => tell({ kind: 'log', level, words })]),
) as unknown as Log

try {
  const data = workerData as ThreadData
  const memory = new MemoryReducer(systemClock)
  const onHeavyUpkeep = () => memory.reduce()
  const series = await LocalSeries.open({ ...data, clock: systemClock, log, onHeavyUpkeep })
  series.onApplied((progress) => tell({ kind: 'progress', progress }))
  port.on('message', (message: ToThread) => {
    if (message.kind === 'cancel') underWay.get(message.id)?.abort()
    else void answer(series, message)
  })
  tell({ kind: 'open', report: series.report })
} catch (error) {
  tell({ kind: 'unopened', failure: sealed(error) })
}

async function answer(series: SeriesPort, question: Question): Promise<void> {
  const { id } = question
  const canceling = new AbortController()
  underWay.set(id, canceling)
  try {
    const result = await packed(question.call, await ask(series, question, canceling.signal))
    tell({ kind: 'answer', id, answer: result }, buffersOf(result))
  } catch (error) {
    tell({ kind: 'failure', id, failure: sealed(error) })
  } finally {
    underWay.delete(id)
  }
}

function ask(series: SeriesPort, { call, args, options }: Question, signal: AbortSignal): unknown {
  if (call === 'append') {
    const [environment, bytes, receivedAt] = args as [string, Uint8Array, number]
    const { buffer, byteOffset, byteLength } = bytes
    return series.append(environment, Buffer.from(buffer, byteOffset, byteLength), receivedAt)
  }
  const method = series[call] as (...given: unknown[]) => unknown
  return method.apply(series, options ? [...args, { ...options, signal }] : [...args])
}
