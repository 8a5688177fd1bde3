/** Names to choose from while somebody types the filter of a rule. */
import { type Ref, ref } from 'vue'
import { appOf, thresholdRules } from './thresholds.ts'

/** So many fit into a list that anybody reads. */
const MAX_SUGGESTED = 50

/** By name of the filter. */
export type KnownNames = Readonly<Record<string, readonly string[]>>

export interface KnownServices {
  readonly names: Ref<KnownNames>
  /** What was called lately; of a server with its app also its interfaces. Without the cloud there are none. */
  look(server: string): Promise<void>
}

export function useKnownServices(environment: string): KnownServices {
  const names = ref<KnownNames>({})
  return {
    names,
    async look(server) {
      const found = await thresholdRules(environment, server).catch(() => undefined)
      if (!found) return
      const { servers, rules } = found
      const apps = [...new Set(servers.map(appOf))].filter((app) => app !== '')
      const interfaces = rules[0]?.interfaces.map((one) => one.interface) ?? []
      names.value = { app: apps, server: servers, caller: servers, interface: interfaces }
    },
  }
}

/** What was typed, with its last word completed in each way there is. */
export function completions(typed: string, known: readonly string[]): readonly string[] {
  const [before = ''] = /^.*[,，]\s*/.exec(typed) ?? []
  const word = typed.slice(before.length).toLowerCase()
  const fits = (name: string) => name.toLowerCase().includes(word)
  return known
    .filter(fits)
    .slice(0, MAX_SUGGESTED)
    .map((name) => before + name)
}
