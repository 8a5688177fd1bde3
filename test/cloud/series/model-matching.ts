/** Which of the batches that nobody was told of are there. */
import assert from 'node:assert/strict'
import type { SeriesModel } from './model.ts'
import type { Subject } from './model-subject.ts'
import type { Sent } from './model-traffic.ts'

/** The numbers `k` of those in flight from which on all is as in a model that has taken `1 … k`; those are applied. */
export async function matching(
  model: SeriesModel,
  subject: Subject,
  flying: readonly Sent[],
  retentionMs: number,
): Promise<number[]> {
  const matches: number[] = []
  const failures: string[] = []
  for (let taken = 0; taken <= flying.length; taken++) {
    const last = flying[taken - 1]
    if (last) model.apply(last)
    try {
      await model.check(subject, retentionMs)
      matches.push(taken)
    } catch (error) {
      if (!(error instanceof assert.AssertionError)) throw error
      failures.push(`with ${taken} of those in flight: ${error.message}`)
    }
  }
  assert.ok(matches.length > 0, failures.join('\n'))
  return matches
}
