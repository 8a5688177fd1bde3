/** What stands around the struct: magic, version, compression. */
import { constants, gunzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { messageOf } from '../support/failure.ts'
import { malformed, WireError } from './failure.ts'
import type { BatchLimits } from './limits.ts'

const MAGIC = Buffer.from('TALB')
/** Of the format of a batch. */
export const BATCH_VERSION = 1
const HEADER_BYTES = 6
/** Sixth byte: how the rest is compressed. */
const NONE = 0
const ZSTD = 1
const GZIP = 2

/** 1.5 % smaller than 3, for 0.5 ms more a window of 10 s; beyond 9 it is not worth it. */
const ZSTD_LEVEL = 9

/** A batch is rarely so many times larger than its bytes: it is inflated in one piece, if it is not very large. */
const INFLATED = 4
const MAX_CHUNK_BYTES = 1024 * 1024
/** zlib wants no less. */
const MIN_CHUNK_BYTES = 64

export interface FrameOptions {
  /** Of zstd; default 9. */
  readonly level?: number
}

export function frame(body: Buffer, { level = ZSTD_LEVEL }: FrameOptions = {}): Buffer {
  const params = { [constants.ZSTD_c_compressionLevel]: level }
  const compressed = zstdCompressSync(body, { params })
  return Buffer.concat([MAGIC, Buffer.of(BATCH_VERSION, ZSTD), compressed])
}

/** @throws {WireError} */
export function unframe(bytes: Buffer, { maxBytes }: BatchLimits): Buffer {
  if (!bytes.subarray(0, 4).equals(MAGIC)) {
    throw new WireError('not-a-batch', 'the bytes do not begin with TALB')
  }
  const [version, compression] = bytes.subarray(4, HEADER_BYTES)
  if (version !== undefined && version !== BATCH_VERSION) {
    const older =
      version > BATCH_VERSION ? 'this side is the older one' : 'the sender is the older one'
    throw new WireError(
      'version',
      `a batch of format ${version} where ${BATCH_VERSION} was expected: ${older}, upgrade it`,
    )
  }
  const body = bytes.subarray(HEADER_BYTES)
  if (compression === NONE) return body
  const inflate = { [ZSTD]: zstdDecompressSync, [GZIP]: gunzipSync }[compression ?? -1]
  if (!inflate) throw malformed(`compression ${compression} where 0, 1 or 2 was expected`)
  try {
    const likely = Math.min(INFLATED * body.length, MAX_CHUNK_BYTES)
    const chunkSize = Math.max(likely, MIN_CHUNK_BYTES)
    return inflate(body, { maxOutputLength: maxBytes, chunkSize })
  } catch (cause) {
    throw inflateError(cause, maxBytes)
  }
}

function inflateError(cause: unknown, maxBytes: number): WireError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ERR_BUFFER_TOO_LARGE') {
    return new WireError('too-large', `more than ${maxBytes} bytes decompressed`, { cause })
  }
  if (code === 'Z_BUF_ERROR') return new WireError('truncated', messageOf(cause), { cause })
  return malformed(`the compressed bytes are broken: ${messageOf(cause)}`, cause)
}
