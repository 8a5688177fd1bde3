import { type AgentConfig, DETAILS } from './config.ts'
import type { FoldLevel } from './window/stat-table.ts'
import type { WindowLimits } from './window/windows.ts'

/** How much detail a window holds, as the user wants it. */
export function windowLimitsOf({ windowMs, maxKeys, detail }: AgentConfig): WindowLimits {
  return {
    lengthMs: windowMs,
    ...{ maxStatKeys: maxKeys, maxPropertyKeys: maxKeys },
    // Each leaves out one more part of a key.
    foldedTo: DETAILS.indexOf(detail) as FoldLevel,
  }
}
