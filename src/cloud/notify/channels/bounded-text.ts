const ELLIPSIS_BYTES = Buffer.byteLength('…')

/** `text` in one line: line breaks, tabs and other control characters become a space. */
export function oneLine(text: string): string {
  return straight(text)
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim()
}

/** Without the signs that turn round what is written after them, so that a name does not turn our words. */
export function straight(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069]/g, '')
}

/** `text` cut to at most `maxBytes` of UTF-8 on a character border, with `…` where it was cut. */
export function cutBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes - ELLIPSIS_BYTES
  if (end < 0) return ''
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return `${bytes.toString('utf8', 0, end)}…`
}

/**
 * `text` cut as by `cutBytes`, above its last paragraph where that takes no more than half of the room: the end of
 * a message has its links.
 */
export function cutAboveEnd(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text
  const at = text.lastIndexOf('\n\n')
  const end = at < 0 ? '' : text.slice(at)
  const endBytes = Buffer.byteLength(end)
  if (at < 0 || endBytes * 2 > maxBytes) return cutBytes(text, maxBytes)
  return cutBytes(text.slice(0, at), maxBytes - endBytes) + end
}
