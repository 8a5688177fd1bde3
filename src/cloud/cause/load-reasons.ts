/** Why a service may be called more or less: its callers are, or are in trouble, or it is itself. */

import type { Link, Load } from './call-graph.ts'
import { callsExcess, shiftOf } from './calls.ts'
import { explaining, type Matter, type Reason } from './matter.ts'
import type { Signs } from './signs.ts'

/** Its own traffic has changed by at least this part of how much that of its callee has. */
const MIN_RATIO = 0.5

export function loadReasons(signs: Signs, service: string): readonly Reason[] {
  const { shift } = signs.graph.loadOf(service)
  if (!shift) return []
  const unwell: Reason = { to: { kind: 'health', service }, strength: 1 }
  const isUnwell = signs.isUnwell(service)
  // Callers turn away from who is in trouble.
  if (shift === '-' && isUnwell) return [unwell]
  const callers = explaining(ofCallers(signs, service, shift))
  if (callers.length > 0) return callers
  // Callers that get no more calls themselves ask again.
  return shift === '+' && isUnwell && signs.graph.to(service).some(isKnown) ? [unwell] : []
}

/** A caller whose own traffic is as ever, and that is well, is no reason: it is told as what stands out. */
function ofCallers(signs: Signs, service: string, shift: '+' | '-'): readonly Reason[] {
  const { change } = signs.graph.loadOf(service)
  return signs.graph
    .to(service)
    .filter((link) => isKnown(link) && shiftOf(link.total) === shift)
    .flatMap((link) => {
      const to = originOf(signs, link, shift)
      return to ? { to, strength: Math.min(1, callsExcess(link.total) / change), link } : []
    })
}

/** What made a caller call more or less. */
function originOf(signs: Signs, { caller, callee }: Link, shift: '+' | '-'): Matter | undefined {
  const [own, caused] = [signs.graph.loadOf(caller), signs.graph.loadOf(callee)]
  if (own.shift === shift && ratioOf(own) >= MIN_RATIO * ratioOf(caused)) {
    return { kind: 'load', service: caller }
  }
  if (shift === '-' && signs.isUnwell(caller)) return { kind: 'health', service: caller }
  return undefined
}

function ratioOf({ change, before }: Load): number {
  return Math.abs(change) / Math.max(1, before)
}

function isKnown({ caller }: Link): boolean {
  return caller !== ''
}
