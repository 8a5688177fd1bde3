/** What callers feel of what happens to those they call, up the call graph. */
import { type CallChange, TIMEOUT_MS } from './disturbance.ts'
import type { Plant } from './plant.ts'

/** By service: share of its own calls that fail for it, and by how much they take longer. */
export interface Strain {
  readonly failures: Float64Array
  readonly plusMs: Float64Array
  /** The same as changes of calls. */
  readonly calls: readonly CallChange[]
}

/** Further up nothing is followed; circles end here, too. */
const MAX_DEPTH = 6
const LEAST = 0.0005

interface Pain {
  readonly service: number
  readonly interface?: number | undefined
  readonly caller?: number | undefined
  readonly failures: number
  readonly plusMs: number
}

export function spreadUpwards(plant: Plant, changes: readonly CallChange[]): Strain {
  const services = plant.scenario.services.length
  const strain = { failures: new Float64Array(services), plusMs: new Float64Array(services) }
  let pains: readonly Pain[] = changes.map((change) => painOf(plant, change))
  for (let depth = 0; depth < MAX_DEPTH && pains.length > 0; depth++) {
    pains = pains.flatMap((pain) => callersPain(plant, pain))
    for (const { service, failures, plusMs } of pains) {
      strain.failures[service] = Math.min(1, (strain.failures[service] ?? 0) + failures)
      strain.plusMs[service] = (strain.plusMs[service] ?? 0) + plusMs
    }
  }
  const calls = plant.scenario.services.flatMap((_, service) => {
    const [exceptions = 0, plusMs = 0] = [strain.failures[service], strain.plusMs[service]]
    return exceptions > 0 || plusMs > 0 ? [{ service, exceptions, plusMs }] : []
  })
  return { ...strain, calls }
}

function painOf({ processesOf }: Plant, change: CallChange): Pain {
  const { service, interface: method, process, caller } = change
  const { exceptions = 0, timeouts = 0, plusMs = 0 } = change
  const share = process === undefined ? 1 : 1 / (processesOf[service]?.length ?? 1)
  return {
    ...{ service, interface: method, caller, failures: share * (exceptions + timeouts) },
    // Who waits for a call that times out waits for all of its time.
    plusMs: share * (plusMs + timeouts * TIMEOUT_MS),
  }
}

function callersPain({ scenario, traffic }: Plant, pain: Pain): Pain[] {
  return traffic.flows.flatMap((flow, number) => {
    const { caller, callee, interface: method, passesOn } = flow
    if (caller < 0 || callee !== pain.service) return []
    if (pain.interface !== undefined && pain.interface !== method) return []
    if (pain.caller !== undefined && pain.caller !== caller) return []
    const ratio = Math.min(1, scenario.calls[number - scenario.entries.length]?.ratio ?? 0)
    const [failures, plusMs] = [pain.failures * ratio * passesOn, pain.plusMs * ratio]
    return failures > LEAST || plusMs > 1 ? [{ service: caller, failures, plusMs }] : []
  })
}
