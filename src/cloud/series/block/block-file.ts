/** The bytes of a block, checked: from the disk, or from memory when it was read as a whole. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { messageOf } from '../../../support/failure.ts'
import {
  decodeFoot,
  decodeTable,
  encodeMagic,
  FOOT_BYTES,
  HEAD_BYTES,
  MAGIC,
  VERSION,
} from './block-head.ts'
import { BlockFailure } from './failure.ts'
import {
  decodeSection,
  isSound,
  KIND,
  type SectionId,
  type SectionPlace,
  sectionId,
  sectionName,
} from './section.ts'

/** Sections that lie so close are read in one go, and so much at most. */
const GAP_BYTES = 64 * 1024
const RUN_BYTES = 4 * 1024 * 1024
const AHEAD_BYTES = 16 * 1024 * 1024

export interface FileOptions {
  /** Holds all of it. */
  readonly inMemory?: boolean
  /** Also a file that does not begin as a block does. */
  readonly isLenient?: boolean
}

export class BlockFile {
  readonly path: string
  readonly bytes: number
  #fd: number | undefined
  readonly #memory: Buffer | undefined
  /** Read, not yet asked for: by where they begin. */
  readonly #ahead = new Map<number, Buffer>()

  /** @throws {BlockFailure} no such file, no block, of a later version. */
  constructor(path: string, { inMemory = false, isLenient = false }: FileOptions = {}) {
    this.path = path
    this.#fd = this.#try('the file', () => openSync(path, 'r'))
    try {
      this.bytes = this.#try('the file', () => fstatSync(this.#fd as number).size)
      if (!isLenient) this.checkMagic()
      if (inMemory) this.#memory = this.read(0, this.bytes, 'the file')
    } catch (cause) {
      this.close()
      throw cause
    }
    if (inMemory) this.close()
  }

  /** @throws {BlockFailure} `damaged`: it ends early, or the table is. */
  table(): ReturnType<typeof decodeTable> {
    const foot = this.#foot()
    if (!foot) throw this.failure('damaged', 'the foot', 'it ends early, or with other bytes')
    const length = this.bytes - FOOT_BYTES - foot.tableAt
    const id = sectionId(KIND.table)
    return this.decode(id, () => decodeTable(this.content({ id, offset: foot.tableAt, length })))
  }

  /** @throws {BlockFailure} `damaged`, `unreadable`. */
  content(place: SectionPlace): Buffer {
    const name = sectionName(place.id)
    const section = this.#section(place, name)
    if (!isSound(section)) throw this.failure('damaged', name, 'other bytes than were written')
    return this.decode(place.id, () => {
      const { id, content } = decodeSection(section)
      if (sectionName(id) !== name) throw new RangeError(`it is ${sectionName(id)}`)
      // A view would keep all that was read with it.
      return this.#memory || content.byteLength === content.buffer.byteLength
        ? content
        : Buffer.from(content)
    })
  }

  /** Reads what will be asked for soon, in few and large pieces. */
  readAhead(places: readonly SectionPlace[], maxBytes = AHEAD_BYTES): void {
    if (this.#memory) return
    this.#ahead.clear()
    const sorted = [...places].sort((a, b) => a.offset - b.offset)
    let total = 0
    for (let from = 0; from < sorted.length && total < maxBytes; ) {
      const run = runOf(sorted, from)
      const start = (sorted[from] as SectionPlace).offset
      const last = sorted[from + run - 1] as SectionPlace
      const bytes = this.read(start, last.offset + last.length - start, sectionName(last.id))
      for (const { offset, length } of sorted.slice(from, from + run)) {
        this.#ahead.set(offset, bytes.subarray(offset - start, offset - start + length))
      }
      total += bytes.length
      from += run
    }
  }

  /** What was read ahead is not needed any more. */
  forgetAhead(): void {
    this.#ahead.clear()
  }

  /** Runs a decoder; what it throws means that the section is damaged. */
  decode<Value>(id: SectionId, decoder: () => Value): Value {
    try {
      return decoder()
    } catch (cause) {
      if (cause instanceof BlockFailure) throw cause
      throw this.failure('damaged', sectionName(id), messageOf(cause), cause)
    }
  }

  failure(
    reason: BlockFailure['reason'],
    section: string,
    what: string,
    cause?: unknown,
  ): BlockFailure {
    return new BlockFailure(reason, { block: basename(this.path), section }, what, cause)
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#ahead.clear()
  }

  /** @throws {BlockFailure} it does not begin as a block of this version does. */
  checkMagic(): void {
    const found = this.read(0, HEAD_BYTES, 'the magic')
    const expected = encodeMagic()
    if (found.equals(expected)) return
    const isOther = found.compare(MAGIC, 0, MAGIC.length, 0, MAGIC.length) === 0 && !this.#foot()
    if (!isOther) throw this.failure('damaged', 'the magic', `it is not "${MAGIC}" and ${VERSION}`)
    const version = found.readUInt32LE(MAGIC.length)
    throw this.failure('unsupported', 'the magic', `version ${version}, not ${VERSION}`)
  }

  #foot(): ReturnType<typeof decodeFoot> {
    const at = this.bytes - FOOT_BYTES
    return at < HEAD_BYTES ? undefined : decodeFoot(this.read(at, FOOT_BYTES, 'the foot'))
  }

  #section({ offset, length }: SectionPlace, name: string): Buffer {
    const known = this.#ahead.get(offset)
    if (known?.length === length) {
      this.#ahead.delete(offset)
      return known
    }
    return this.read(offset, length, name)
  }

  /** Bytes as they are. */
  read(offset: number, length: number, name: string): Buffer {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.bytes)) {
      throw this.failure('damaged', name, 'the file ends early')
    }
    if (this.#memory) return this.#memory.subarray(offset, offset + length)
    const fd = this.#fd
    if (fd === undefined) throw new RangeError(`${this.path} is closed`)
    const bytes = Buffer.allocUnsafeSlow(length)
    for (let at = 0; at < length; ) {
      const read = this.#try(name, () => readSync(fd, bytes, at, length - at, offset + at))
      if (read === 0) throw this.failure('damaged', name, 'the file ends early')
      at += read
    }
    return bytes
  }

  #try<Value>(name: string, access: () => Value): Value {
    try {
      return access()
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : messageOf(cause)
      throw this.failure('unreadable', name, code, cause)
    }
  }
}

/** How many from `from` on lie close together. */
function runOf(places: readonly SectionPlace[], from: number): number {
  const start = (places[from] as SectionPlace).offset
  let end = start
  let count = 0
  for (let at = from; at < places.length; at++, count++) {
    const { offset, length } = places[at] as SectionPlace
    if (count > 0 && (offset - end > GAP_BYTES || offset + length - start > RUN_BYTES)) break
    end = offset + length
  }
  return count
}
