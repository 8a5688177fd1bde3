/** Small worlds of services that call each other: what trouble at some of them does to all edges. */

import type { Edge } from '../../../../src/cloud/cause/call-graph.ts'
import type { Calls } from '../../../../src/cloud/cause/calls.ts'
import type { Suspect } from '../../../../src/cloud/cause/symptom.ts'

export const AT = 1_700_000_000_000
const MEAN_MS = 20

interface CallsOptions {
  readonly calls?: number
  readonly failures?: number
  readonly meanMs?: number
}

/** A minute of calls, 1000 without failures at 20 ms unless told otherwise. */
export function calls({ calls = 1000, failures = 0, meanMs = MEAN_MS }: CallsOptions = {}): Calls {
  return { calls, timeouts: 0, exceptions: failures, durationMs: (calls - failures) * meanMs }
}

/** `A>B failing 200`, `A>B.get slow 300`, `A>B 20 calls` or `A>B`; `>B` has no known caller. */
export function edge(text: string): Edge {
  const [, caller = '', callee = '', name = 'call', change = ''] =
    /^(\w*)>(\w+)(?:\.(\w+))?(?: (.+))?$/.exec(text) ?? []
  if (callee === '') throw new RangeError(`no edge: ${text}`)
  const [, failures] = /failing (\d+)/.exec(change) ?? []
  const [, meanMs] = /slow (\d+)/.exec(change) ?? []
  const [, now] = /(\d+) calls/.exec(change) ?? []
  const [, before] = /after (\d+)/.exec(change) ?? []
  const amount = Number(now ?? 1000)
  return {
    caller: caller && `App.${caller}`,
    callee: `App.${callee}`,
    interface: name,
    now: calls({
      calls: amount,
      failures: Number(failures ?? 0),
      meanMs: Number(meanMs ?? MEAN_MS),
    }),
    before: calls({ calls: Number(before ?? (now && !failures ? 1000 : amount)) }),
  }
}

/** `A failures`, `A latency pending`, `A traffic WARN 120 s ago`; its id is `A/failures`. */
export function suspect(text: string): Suspect {
  const [service = '', symptom = ''] = text.split(' ')
  const [, ago = '0'] = /(\d+) s ago/.exec(text) ?? []
  return {
    alert: `${service}/${symptom}`,
    service: `App.${service}`,
    symptom: symptom as Suspect['symptom'],
    severity: text.includes('WARN') ? 'WARN' : 'ERROR',
    isFiring: !text.includes('pending'),
    holds: !text.includes('cleared'),
    since: AT - Number(ago) * 1000,
  }
}

/** What a call of one interface makes of calls of another: `perCall` on average. */
export interface Wiring {
  /** Interfaces are numbered so that each calls only higher ones: a call comes to an end. */
  readonly from: number
  readonly to: number
  readonly perCall: number
}

export interface World {
  /** The service of each interface. Services may well call each other in circles. */
  readonly interfaces: readonly number[]
  readonly wirings: readonly Wiring[]
  /** Part of its calls that a service spoils itself. */
  readonly spoiled: ReadonlyMap<number, number>
}

export function nameOf(service: number): string {
  return `App.S${service}`
}

/** Of each interface the part of the calls that fails: its service's own trouble and that of whom it calls. */
export function failureRatios({ interfaces, wirings, spoiled }: World): number[] {
  const ratios: number[] = []
  for (let from = interfaces.length - 1; from >= 0; from--) {
    let succeeds = 1 - (spoiled.get(interfaces[from] ?? 0) ?? 0)
    for (const wiring of wirings.filter((each) => each.from === from)) {
      const { to, perCall } = wiring
      const ratio = ratios[to] ?? 0
      // Less than once a call: only some calls need it.
      succeeds *= perCall < 1 ? 1 - perCall * ratio : (1 - ratio) ** perCall
    }
    ratios[from] = 1 - succeeds
  }
  return ratios
}

/** Calls a minute of each interface; those that nobody calls get 600 from outside. */
export function loads({ interfaces, wirings }: World): number[] {
  const amounts: number[] = []
  for (const to of interfaces.keys()) {
    const callers = wirings.filter((wiring) => wiring.to === to)
    amounts[to] = callers.reduce(
      (all, { from, perCall }) => all + (amounts[from] ?? 0) * perCall,
      callers.length === 0 ? 600 : 0,
    )
  }
  return amounts
}

/** As the callers report it, and from outside as the callee does. */
export function edgesOf(world: World): Edge[] {
  const { interfaces, wirings } = world
  const ratios = failureRatios(world)
  const amounts = loads(world)
  const edgeTo = (caller: string, to: number, amount: number): Edge => ({
    caller,
    callee: nameOf(interfaces[to] ?? 0),
    interface: `i${to}`,
    now: calls({ calls: amount, failures: amount * (ratios[to] ?? 0) }),
    before: calls({ calls: amount }),
  })
  return [
    ...wirings.map(({ from, to, perCall }) =>
      edgeTo(nameOf(interfaces[from] ?? 0), to, (amounts[from] ?? 0) * perCall),
    ),
    ...amounts.map((amount, to) => edgeTo('', to, amount)),
  ]
}

/** Calls and failures a minute of each service. */
export function troubles(world: World): Map<number, { calls: number; failures: number }> {
  const ratios = failureRatios(world)
  const found = new Map<number, { calls: number; failures: number }>()
  for (const [to, amount] of loads(world).entries()) {
    const service = world.interfaces[to] ?? 0
    const { calls, failures } = found.get(service) ?? { calls: 0, failures: 0 }
    found.set(service, {
      calls: calls + amount,
      failures: failures + amount * (ratios[to] ?? 0),
    })
  }
  return found
}
