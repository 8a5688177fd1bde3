/** What this process costs. */

export interface ProcessFigures {
  /** Share of one core since the call before. */
  readonly cpu: number
  readonly rssBytes: number
}

/** Each call measures since the one before. */
export function processMeter(): () => ProcessFigures {
  let usedBefore = process.cpuUsage()
  let before = performance.now()
  return () => {
    const used = process.cpuUsage(usedBefore)
    usedBefore = process.cpuUsage()
    const passedMs = performance.now() - before
    before = performance.now()
    const cpu = passedMs > 0 ? (used.user + used.system) / 1000 / passedMs : 0
    return { cpu, rssBytes: process.memoryUsage.rss() }
  }
}
