import { onBeforeUnmount, type ShallowRef, shallowRef } from 'vue'

/** Fresh enough for an icon that turns grey, cheap enough for a page left open. */
const EVERY_MS = 3000

export interface Polling<Data> {
  /** The newest answer; undefined until the first. */
  readonly data: ShallowRef<Data | undefined>
  /** Why the newest try failed, while `data` keeps what was known. */
  readonly error: ShallowRef<unknown>
  refresh(): Promise<void>
}

/** Loads now and every few seconds while the page is looked at, until the component goes. */
export function usePolling<Data>(load: () => Promise<Data>, everyMs = EVERY_MS): Polling<Data> {
  const data = shallowRef<Data>()
  const error = shallowRef<unknown>()
  let newest = 0
  let timer = 0
  let gone = false

  async function refresh(): Promise<void> {
    window.clearTimeout(timer)
    newest += 1
    const mine = newest
    const outcome = await load().then(
      (loaded) => ({ loaded }),
      (failed: unknown) => ({ failed }),
    )
    // An answer that was overtaken by a newer question is not shown.
    if (gone || mine !== newest) return
    if ('loaded' in outcome) data.value = outcome.loaded
    error.value = 'failed' in outcome ? outcome.failed : undefined
    if (!document.hidden) timer = window.setTimeout(refresh, everyMs)
  }

  const onShown = () => {
    if (!document.hidden) void refresh()
  }
  document.addEventListener('visibilitychange', onShown)
  onBeforeUnmount(() => {
    gone = true
    window.clearTimeout(timer)
    document.removeEventListener('visibilitychange', onShown)
  })
  void refresh()
  return { data, error, refresh }
}
