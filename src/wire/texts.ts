/** The texts of a batch, each once, sorted, as what differs from the text before. */
import { ByteReader, ByteWriter } from './bytes.ts'
import { malformed, WireError } from './failure.ts'
import type { BatchLimits } from './limits.ts'

/** Index of each text. */
export type TextIndex = ReadonlyMap<string, number>

export function indexTexts(texts: Iterable<string>): TextIndex {
  return new Map([...new Set(texts)].sort().map((text, index) => [text, index]))
}

/** For each text: bytes shared with the one before, bytes that follow, these bytes (UTF-8). */
export function encodeTexts(index: TextIndex): Buffer {
  const writer = new ByteWriter()
  let before = Buffer.alloc(0)
  for (const text of index.keys()) {
    const bytes = Buffer.from(text)
    let shared = 0
    while (shared < bytes.length && bytes[shared] === before[shared]) shared++
    writer.varint(shared)
    writer.varint(bytes.length - shared)
    writer.raw(bytes.subarray(shared))
    before = bytes
  }
  return writer.finish()
}

/** @throws {WireError} bytes that are no such list of `count` texts; past a limit. */
export function decodeTexts(bytes: Uint8Array, count: number, limits: BatchLimits): string[] {
  const reader = new ByteReader(bytes)
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const texts: string[] = []
  let before = Buffer.alloc(0)
  let total = 0
  for (let index = 0; index < count; index++) {
    const shared = reader.varint()
    const more = reader.varint()
    total += shared + more
    if (shared + more > limits.maxTextBytes || total > limits.maxBytes) {
      throw new WireError('too-large', `text ${index} of ${shared + more} bytes`)
    }
    if (shared > before.length) throw malformed(`text ${index} shares more than there is`)
    before = Buffer.concat([before.subarray(0, shared), reader.raw(more)])
    texts.push(textOf(before, decoder))
  }
  if (!reader.done) throw malformed('bytes after the last text')
  return texts
}

function textOf(bytes: Buffer, decoder: InstanceType<typeof TextDecoder>): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw malformed('a text is no UTF-8', cause)
  }
}
