/** Who is hit by a cause. */

import type { CallGraph, Link } from './call-graph.ts'
import { callsExcess, shiftOf } from './calls.ts'
import { type Aspect, keyOf, type Matter } from './matter.ts'
import type { Reasons } from './reasons.ts'
import type { Signs } from './signs.ts'

export interface Hit {
  readonly service: string
  /** 1: it calls the cause, or for a change of traffic is called by it. */
  readonly hops: number
  /** Of the excess that those at this distance get from the one before, 0 to 1. */
  readonly share: number
}

export interface Impact {
  /** The nearest first, then those with the largest share. */
  readonly hits: readonly Hit[]
  /** More that are not listed. */
  readonly unlisted: number
}

const MAX_HITS = 50

/** Who calls it and sees the trouble; behind them, those whose own trouble comes from it. */
export function impactOf(cause: Matter, signs: Signs, reasons: Reasons): Impact {
  if (cause.kind === 'alert') return { hits: [], unlisted: 0 }
  const hits: Hit[] = []
  const seen = new Set([cause.service])
  const isPassed = (from: Moved, to: Moved) =>
    (to.kind === 'load' || signs.isUnwell(to.service)) &&
    reasons.of(to).some((reason) => keyOf(reason.to) === keyOf(from))
  let circle: readonly Moved[] = [cause]
  for (let hops = 1; circle.length > 0; hops++) {
    const next: Moved[] = []
    for (const matter of circle) {
      for (const { service, share } of hitBy(matter, signs.graph)) {
        if (seen.has(service)) continue
        const effect = { kind: matter.kind, service }
        seen.add(service)
        hits.push({ service, hops, share })
        if (isPassed(matter, effect)) next.push(effect)
      }
    }
    circle = next
  }
  const ranked = hits.toSorted((a, b) => a.hops - b.hops || b.share - a.share)
  return { hits: ranked.slice(0, MAX_HITS), unlisted: Math.max(0, ranked.length - MAX_HITS) }
}

interface Moved {
  readonly kind: Aspect
  readonly service: string
}

function hitBy({ kind, service }: Moved, graph: CallGraph) {
  const parts =
    kind === 'load'
      ? graph
          .from(service)
          .filter(({ total }) => shiftOf(total) === graph.loadOf(service).shift)
          .map((link) => ({ service: link.callee, part: Math.abs(callsExcess(link.total)) }))
      : graph.to(service).map((link) => ({ service: link.caller, part: troubleIn(link) }))
  const all = parts.reduce((total, { part }) => total + part, 0)
  return parts
    .filter((hit) => hit.service !== '' && hit.part > 0)
    .map((hit) => ({ service: hit.service, share: hit.part / all }))
}

/** Failures where there are any, otherwise delays. */
function troubleIn({ failures, delayMs }: Link): number {
  return failures > 0 ? failures : delayMs
}
