/** Longest name of a module, interface, property, address. */
export const MAX_NAME_BYTES = 256

/** The longest beginning of `text` that takes at most `maxBytes` in UTF-8 and ends with a whole character. */
export function cutToBytes(text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes) return text
  const bytes = Buffer.from(text.slice(0, maxBytes))
  if (bytes.length <= maxBytes && text.length <= maxBytes) return text
  let end = maxBytes
  // 10xxxxxx continues a character.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

export function nameOf(text: string): string {
  return cutToBytes(text, MAX_NAME_BYTES)
}
