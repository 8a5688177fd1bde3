/**
 * What the agent costs on its way from a report to the window, against what a servant of generated code
 * costs: ratios of one run, medians of several rounds in turn; what a record takes on the wire; and what
 * the whole process costs under the load of a framework.
 */
import { type Bench, check } from '../bench-checks.ts'
import { measureBytes } from './agent/bytes.ts'
import { measureDecoding, measureHold } from './agent/decoding.ts'
import { measureLoad } from './agent/load.ts'
import { measureServers } from './agent/servers.ts'

/** What a framework of 60 servers on 240 nodes reports a minute. */
const RECORDS_A_MINUTE = 14_500
const LOAD_MS = 90_000
const WARM_MS = 30_000

export const bench: Bench = async (note) => {
  note('decode and aggregate in one process')
  const decoding = measureDecoding()
  const holdMs = measureHold(0)
  // Beyond the budget of keys: folded, too.
  const holdWithCallsMs = measureHold(1)
  const large = await measureServers(200, note)
  const small = await measureServers(8, note)
  note('bytes on the wire')
  const bytes = measureBytes(RECORDS_A_MINUTE)
  note(`the agent under ${RECORDS_A_MINUTE} records a minute, for ${LOAD_MS / 1_000} s`)
  const load = await measureLoad({
    ...{ recordsAMinute: RECORDS_A_MINUTE, speed: 1 },
    ...{ forMs: LOAD_MS, warmMs: WARM_MS },
  })
  const { minute } = bytes
  return {
    checks: [
      check('decode + aggregate to readMap, 200 heads', decoding.ratio, 'x', '>= 30'),
      check('server over TCP to readMap, 200 heads', large.ratio, 'x', '>= 25'),
      check('server over TCP to readMap, 8 heads', small.ratio, 'x', '>= 9'),
      check('event loop held by 30,000 tiny heads', holdMs, 'ms', '<= 15'),
      check('B/record of remote write 1.0 to ours', bytes.remote_write_1 / minute, 'x', '>= 28'),
      check('B/record of remote write 2.0 to ours', bytes.remote_write_2 / minute, 'x', '>= 13'),
      check('B/record of JSON and gzip to ours', bytes.json_gzip / minute, 'x', '>= 2.5'),
      check('record at 10 s windows', bytes.window, 'B', '<= 14'),
      check('agent under load: share of a core', load.cpuPercent, '%', '<= 2'),
      check('agent under load: RSS above idle', load.grownMb, 'MB', '<= 70'),
    ],
    raw: {
      hold_ms_with_a_call_each: holdWithCallsMs,
      decoding,
      large,
      small,
      bytes_per_record: bytes,
      load,
    },
  }
}
