/** Sorted texts, each once, as what differs from the text before. */
import type { ByteWriter } from '../../../wire/bytes.ts'
import type { Cursor } from './cursor.ts'
import type { Pace } from './pace.ts'

/** Of UTF-8, for a unit of a string. */
const MAX_UNIT_BYTES = 3

/** For each text: bytes shared with the one before, bytes that follow, these bytes (UTF-8). */
export async function encodeTexts(
  writer: ByteWriter,
  texts: readonly string[],
  pace: Pace,
): Promise<void> {
  writer.varint(texts.length)
  let bytes = Buffer.allocUnsafe(1024)
  let before = Buffer.allocUnsafe(1024)
  let beforeLength = 0
  for (const text of texts) {
    const most = MAX_UNIT_BYTES * text.length
    if (most > bytes.length) bytes = Buffer.allocUnsafe(2 * most)
    const length = bytes.write(text)
    let shared = 0
    while (shared < length && shared < beforeLength && bytes[shared] === before[shared]) shared++
    writer.varint(shared)
    writer.varint(length - shared)
    for (let at = shared; at < length; at++) writer.byte(bytes[at] as number)
    const free = before
    before = bytes
    beforeLength = length
    bytes = free
    const rest = pace.restIfDue(10)
    if (rest) await rest
  }
}

export function decodeTexts(cursor: Cursor): string[] {
  const count = cursor.varint()
  if (count > cursor.bytes.length) throw new RangeError(`${count} texts`)
  const texts: string[] = []
  let text = Buffer.alloc(256)
  for (let index = 0; index < count; index++) {
    const shared = cursor.varint()
    const more = cursor.take(cursor.varint())
    const length = shared + more.length
    if (length > text.length) text = Buffer.concat([text], 2 * length)
    text.set(more, shared)
    texts.push(text.toString('utf8', 0, length))
  }
  return texts
}
