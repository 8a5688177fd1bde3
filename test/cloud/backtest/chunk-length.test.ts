import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ChunkLength } from '../../../src/cloud/backtest/chunk-length.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** The lengths of chunks in minutes that hold `perMinute` samples a minute, one figure a chunk. */
function lengths(
  perMinute: readonly number[],
  { mostMs = 3 * HOUR, leastMs = MINUTE, maxSamples = 1000 } = {},
): number[] {
  const chunk = new ChunkLength({ mostMs, leastMs, maxSamples })
  const held = perMinute.map((samples) => {
    const { ms } = chunk
    chunk.held((samples * ms) / MINUTE, ms)
    return ms / MINUTE
  })
  return [...held, chunk.ms / MINUTE]
}

describe('chunks of a backtest', () => {
  for (const [sentence, perMinute, options, expected] of [
    ['are short first, then as long as may be', [1, 1], {}, [10, 180, 180]],
    ['hold no more than is allowed', [50, 50], {}, [10, 20, 20]],
    ['become shorter where there is more', [10, 100], {}, [10, 100, 10]],
    ['become longer again by and by', [100, 0, 0, 0], {}, [10, 10, 20, 40, 80]],
    ['have at least one instant', [5000, 5000], {}, [10, 1, 1]],
    ['are of whole intervals', [30], { leastMs: 5 * MINUTE }, [10, 30]],
    ['are never longer than is said', [0], { mostMs: 4 * MINUTE }, [4, 4]],
    ['begin with an interval that is longer', [1], { leastMs: HOUR }, [60, 180]],
  ] as const) {
    it(sentence, () => assert.deepEqual(lengths(perMinute, options), expected))
  }
})
