/** What the person at the terminal sees. With `--json` it goes to stderr, so that stdout is one line. */

export interface Progress {
  /** A line that stays. */
  say(text: string): void
  /** The line at the bottom, drawn anew; nothing where there is no terminal. */
  now(text: string): void
  end(): void
}

export function openProgress(stream: NodeJS.WriteStream): Progress {
  let shown = ''
  const clear = () => {
    if (shown) stream.write('\r\u001b[2K')
    shown = ''
  }
  return {
    say(text) {
      clear()
      stream.write(`${text}\n`)
    },
    now(text) {
      if (!stream.isTTY || text === shown) return
      clear()
      shown = text.slice(0, (stream.columns || 80) - 1)
      stream.write(shown)
    },
    end: clear,
  }
}

/** `4:02`: minutes and seconds of data time. */
export function minuteOf(atMs: number): string {
  const seconds = Math.max(0, Math.floor(atMs / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** What happens when in the default recording, and what the demo itself does. */
export const STORY: readonly { readonly atMs: number; readonly text: string }[] = [
  {
    atMs: 0,
    text: 'RecApp.HelloServer serves 900 calls a minute; its `crash` always throws, RecApp.DeadServer does not exist',
  },
  { atMs: 242_000, text: 'RigNode.HelloServer is killed (SIGKILL) under tarsnode' },
  { atMs: 290_000, text: 'the process of RecApp.HelloServer dies; its callers block' },
  { atMs: 363_800, text: 'RecApp.HelloServer is started again' },
]
