/** One life of a store that may end by force. */
import { randomOf } from '../../wire/traffic.ts'
import { Disk } from './crash-disk.ts'

export interface Life {
  readonly folder: string
  readonly seed: number
  /** Batches `1 … answered` are. */
  readonly answered: number
  /** Sends so many more. */
  readonly batches: number
  /** Asked through the port, the store in a thread of its own. */
  readonly isBehindPort: boolean
  /** At which change of the disk it dies, and whether what was not made durable is lost with it. */
  readonly end?: { readonly atStep: number; readonly dies: 'process' | 'power' }
}

/** Of the thread that calls it: the disk that ends this life as planned. */
export function diskOf({ folder, seed, answered, end }: Life): Promise<Disk> {
  const random = randomOf(seed + answered)
  return Disk.below(folder, (_, step) => {
    if (end?.atStep !== step) return undefined
    return { dies: end.dies, half: random() < 0.5, kept: random() }
  })
}
