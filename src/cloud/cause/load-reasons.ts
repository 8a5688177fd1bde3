/** Why a service may be called more or less: its callers changed, or it is in trouble. */

import type { Link } from './call-graph.ts'
import { callsExcess, shiftOf } from './calls.ts'
import { explaining, type Matter, type Reason } from './matter.ts'
import type { Signs } from './signs.ts'

/** A caller whose own traffic is as ever is the origin only when it makes up this much. */
const MIN_ORIGIN = 0.6

export function loadReasons(signs: Signs, service: string): readonly Reason[] {
  const { shift } = signs.graph.loadOf(service)
  if (!shift) return []
  const unwell: Reason = { to: { kind: 'health', service }, strength: 1 }
  const isUnwell = signs.isUnwell(service)
  // Callers turn away from who is in trouble.
  if (shift === '-' && isUnwell) return [unwell]
  const callers = explaining(ofCallers(signs, service, shift))
  if (callers.some(({ to }) => isMoved(signs, to, shift))) return callers
  // Callers that get no more calls themselves ask again.
  const isAskedAgain = shift === '+' && isUnwell && signs.graph.to(service).some(isKnown)
  return isAskedAgain ? [unwell] : callers
}

function ofCallers(signs: Signs, service: string, shift: '+' | '-'): readonly Reason[] {
  const { change } = signs.graph.loadOf(service)
  return signs.graph
    .to(service)
    .filter((link) => isKnown(link) && shiftOf(link.total) === shift)
    .flatMap((link) => {
      const strength = Math.min(1, callsExcess(link.total) / change)
      const to = originOf(signs, link, shift)
      return to.isOrigin && strength < MIN_ORIGIN ? [] : [{ to: to.matter, strength, link }]
    })
}

/** What made a caller call more or less. */
function originOf(signs: Signs, { caller }: Link, shift: '+' | '-') {
  const load: Matter = { kind: 'load', service: caller }
  const isOnwards = isMoved(signs, load, shift)
  const isUnwell = shift === '-' && signs.isUnwell(caller)
  const health: Matter = { kind: 'health', service: caller }
  return { matter: isUnwell && !isOnwards ? health : load, isOrigin: !isUnwell && !isOnwards }
}

function isMoved(signs: Signs, { kind, service }: Matter, shift: '+' | '-'): boolean {
  return kind === 'health' || signs.graph.loadOf(service).shift === shift
}

function isKnown({ caller }: Link): boolean {
  return caller !== ''
}
