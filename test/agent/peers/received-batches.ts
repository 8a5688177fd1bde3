import { BATCH_PATH, type Batch, decodeBatch } from '../../../src/wire/index.ts'
import type { CloudDouble } from '../support/cloud-double.ts'

/** Batches among all that a cloud was sent, repeats included. */
export function batchesOf(cloud: CloudDouble, from = 0): Batch[] {
  return cloud.received
    .slice(from)
    .filter(({ path }) => path === BATCH_PATH)
    .map(({ bytes }) => decodeBatch(bytes))
}

/** The first batch that is looked for, of the requests from the given one on. */
export async function batchWith(
  cloud: CloudDouble,
  from: number,
  fits: (batch: Batch) => boolean,
): Promise<Batch> {
  for (;;) {
    const found = batchesOf(cloud, from).find(fits)
    if (found) return found
    await cloud.requests(cloud.received.length + 1)
  }
}
