/** Snappy's block format: the length of what is inside comes first. */
import { uncompress } from 'snappy'
import { RemoteWriteFailure } from './failure.ts'

/** Nothing is decompressed that says it is larger than `maxBytes`. Throws `RemoteWriteFailure`. */
export async function uncompressBlock(block: Buffer, maxBytes: number): Promise<Buffer> {
  const length = declaredLength(block)
  if (length > maxBytes) {
    const message = `${length} bytes when decompressed, more than ${maxBytes}: send less at a time`
    throw new RemoteWriteFailure('too-large', message, 0)
  }
  try {
    const bytes = await uncompress(block)
    return typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  } catch (cause) {
    throw new RemoteWriteFailure('corrupt', 'the body is no snappy block', 0, cause)
  }
}

/** Of at most 32 bits, seven a byte, the lowest first. */
function declaredLength(block: Buffer): number {
  let length = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    length += (byte & 127) * 2 ** (7 * i)
    if (byte < 128) return length
  }
  throw new RemoteWriteFailure('corrupt', 'the body is no snappy block: it has no length', 0)
}
