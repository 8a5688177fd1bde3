/**
 * How far all of the spool is done: segment and byte, in a file of 20 bytes.
 *
 * Written at each acknowledgement but not synced: `kill -9` keeps it, a power failure may set it back,
 * and then batches are sent again that the cloud knows by their id.
 */
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'

export interface Position {
  readonly segment: number
  readonly atBytes: number
}

export function isBefore(a: Position, b: Position): boolean {
  return a.segment < b.segment || (a.segment === b.segment && a.atBytes < b.atBytes)
}

const BYTES = 20

export class PositionFile {
  readonly #fd: number

  /** @throws when the file cannot be opened. */
  constructor(path: string) {
    this.#fd = openSync(path, 'a+')
    closeSync(this.#fd)
    this.#fd = openSync(path, 'r+')
  }

  /** Undefined when there is none, or not a whole one. */
  read(): Position | undefined {
    const bytes = Buffer.alloc(BYTES)
    if (readSync(this.#fd, bytes, 0, BYTES, 0) < BYTES) return undefined
    if (bytes.readUInt32LE(16) !== crc32(bytes.subarray(0, 16))) return undefined
    return { segment: bytes.readDoubleLE(0), atBytes: bytes.readDoubleLE(8) }
  }

  write({ segment, atBytes }: Position): void {
    const bytes = Buffer.alloc(BYTES)
    bytes.writeDoubleLE(segment, 0)
    bytes.writeDoubleLE(atBytes, 8)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 16)), 16)
    writeSync(this.#fd, bytes, 0, BYTES, 0)
  }

  close(): void {
    closeSync(this.#fd)
  }
}
