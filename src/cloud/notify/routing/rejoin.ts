import { kindFor, kindKey } from '../kind.ts'
import type { Convergence } from '../ports.ts'
import type { Envelope, Facts } from '../stages/stage.ts'
import { isEmpty, opened, told, withDue } from './group.ts'
import { routesFor } from './route-policy.ts'

/** Groups that told of the news before and let it go, as somebody looked after it: they tell it again with the others. Pure. */
export function rejoined({ news, convergences }: Envelope, facts: Facts): Convergence[] {
  const { audience, at, toldOf } = facts
  const decided = new Set(convergences.map(({ kind }) => kindKey(kind)))
  return routesFor(news.alert, audience).flatMap((policy) => {
    const kind = kindFor(news.alert, policy)
    const isTold = toldOf.some((one) => one.policy === policy.id)
    if (!policy.route || !isTold || decided.has(kindKey(kind))) return []
    const known = facts.convergences.find((one) => kindKey(one.kind) === kindKey(kind))
    const isOpen = known !== undefined && !isEmpty(known)
    const group = told(isOpen ? known : opened(kind, at), [news])
    return isOpen ? group : withDue(group, policy.route.grouping, at)
  })
}
