/** The fault of a drill, as an agent would hand it over. */
import { createHash } from 'node:crypto'
import { DRILL_SERVICE } from '../../model/drill.ts'
import type { UnixMs } from '../../model/time.ts'
import { encodeBatch } from '../../wire/index.ts'
import { type Drill, faultTitle } from './drill.ts'

/** No agent has this id. */
const AGENT = createHash('sha256').update('tars-alarm drill').digest('hex').slice(0, 32)

/**
 * One notify and no window: the environment's traffic, how far its data have come, and which of its agents speak stay
 * what they are. The same drill makes the same batch, which is applied once, however often it is handed over.
 */
export function faultBatch(drill: Drill, at: UnixMs): Buffer {
  const { environment, id, begunAt } = drill
  const epoch = createHash('sha256').update(JSON.stringify([environment, id, begunAt]))
  const title = faultTitle(drill)
  return encodeBatch({
    id: { agent: AGENT, epoch: epoch.digest('hex').slice(0, 16), seq: 1 },
    agent: { host: 'drill', version: '', startedAt: begunAt },
    madeAt: at,
    windows: [],
    // Not of a level that is trouble: of it `conf/drill.yaml` alone makes an alarm.
    events: [
      {
        ...{ at, module: DRILL_SERVICE, level: 'normal', kind: 'business' },
        ...{ node: '', set: '', title, text: title },
      },
    ],
    unknown: [],
  })
}
