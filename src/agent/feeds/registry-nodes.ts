/**
 * Which nodes there are and whether their tarsnode answers. The node's own word counts before the
 * registry's record, which is five minutes late; without either nothing is said of a node.
 */
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { type AdminRegistry, answered, type PingAnswer, RegistryError } from './admin-registry.ts'
import { Sweep } from './registry-sweep.ts'

export interface NodeStates {
  /** Whether it is present; absent when unknown. */
  readonly present: ReadonlyMap<string, boolean>
  readonly unknown: number
}

export interface NodeQuestion {
  readonly active: ReadonlySet<string>
  /** Those that have servers. */
  readonly used: ReadonlySet<string>
  readonly untilMs: UnixMs
}

const MAX_NODES = 5_000

export class RegistryNodes {
  readonly #admin: AdminRegistry
  readonly #sweep: Sweep

  constructor(admin: AdminRegistry, clock: Clock) {
    this.#admin = admin
    this.#sweep = new Sweep(clock)
  }

  /** @throws {CallError} {@link RegistryError} */
  async read({ active, used, untilMs }: NodeQuestion): Promise<NodeStates> {
    const nodes = [...new Set([...active, ...used])].sort()
    const verdicts = new Map<string, Verdict>()
    await this.#sweep.run(nodes, { maxItems: MAX_NODES, untilMs }, async (node) => {
      verdicts.set(node, await this.#ask(node))
    })
    const isAnswered = nodes.every((node) => verdicts.get(node) === 'answers')
    const listed = isAnswered ? active : new Set([...active, ...(await this.#readAgain())])
    const present = new Map<string, boolean>()
    for (const node of nodes) {
      const verdict = verdicts.get(node) ?? 'unknown'
      if (verdict !== 'unknown') present.set(node, verdict === 'answers')
      else if (!listed.has(node)) present.set(node, false)
    }
    return { present, unknown: nodes.length - present.size }
  }

  async #ask(node: string): Promise<Verdict> {
    const answer = await answered(this.#admin.ping(node))
    return answer ? verdictOf(answer) : 'unknown'
  }

  /** A registry whose database fails can tell of no node, and says no to pings. */
  async #readAgain(): Promise<readonly string[]> {
    const active = await this.#admin.activeNodes()
    const applications = await this.#admin.applications()
    if (applications.length > 0) return active
    throw new RegistryError('empty', 'the registry lists nothing any more: its database fails')
  }
}

export type Verdict = 'answers' | 'silent' | 'unknown'

/**
 * Of `AdminReg.pingNode` (TarsFramework fe8e741, v2.4): `ping succ` or `succ` when the node answered. When it
 * knows no way to the node it returns the code 1012 as a bool: true, and no text.
 */
export function verdictOf({ ret, result }: PingAnswer): Verdict {
  if (/\bsucc/.test(result)) return 'answers'
  return ret || result.includes('db error') ? 'unknown' : 'silent'
}
