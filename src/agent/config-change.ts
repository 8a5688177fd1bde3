/** What a new config means for an agent that runs. Pure. */
import type { AgentConfig } from './config.ts'

export type ConfigKey = keyof AgentConfig

/** Fixed from the start on; as the user spells it. */
const FIXED: readonly (readonly [ConfigKey, string])[] = [
  ['windowMs', 'window'],
  ['dataPath', 'data_path'],
  ['spoolBytes', 'spool_size'],
  ['spoolAgeMs', 'spool_age'],
]

/** Whether any of these differs. */
export function isChanged(
  before: AgentConfig,
  next: AgentConfig,
  keys: readonly ConfigKey[],
): boolean {
  return keys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(next[key]))
}

/** Keys of which `next` says something else than what the agent was started with. */
export function needsRestart(started: AgentConfig, next: AgentConfig): string[] {
  return FIXED.filter(([key]) => isChanged(started, next, [key])).map(([, name]) => name)
}
