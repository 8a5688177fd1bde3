/** Lists as people type them. Pure. */

/** One on each line. */
export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** Between them commas or space. */
export function wordsOf(text: string): string[] {
  return text.split(/[,，;；、\s]+/).filter((word) => word !== '')
}
