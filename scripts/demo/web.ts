/** The console's pages are built once, when a person will look at them. */
import type { Progress } from './progress.ts'

export async function buildConsole(progress: Progress): Promise<void> {
  progress.now('building the console (once, a few seconds) …')
  const { buildWeb } = await import('../build-web.ts')
  await buildWeb((line: string) => progress.now(line))
}
