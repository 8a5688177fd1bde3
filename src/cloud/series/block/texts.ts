/** Sorted texts, each once, as what differs from the text before. */
import type { ByteWriter } from '../../../wire/bytes.ts'
import type { Cursor } from './cursor.ts'
import type { Pace } from './pace.ts'

/** For each text: bytes shared with the one before, bytes that follow, these bytes (UTF-8). */
export async function encodeTexts(
  writer: ByteWriter,
  texts: readonly string[],
  pace: Pace,
): Promise<void> {
  writer.varint(texts.length)
  let before = Buffer.alloc(0)
  for (const text of texts) {
    const bytes = Buffer.from(text)
    let shared = 0
    while (shared < bytes.length && bytes[shared] === before[shared]) shared++
    writer.varint(shared)
    writer.varint(bytes.length - shared)
    writer.raw(bytes.subarray(shared))
    before = bytes
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
