/** What is too small and too short for anybody to be told of: a good alarm is silent on it. */
import { DAY_MS, MINUTE_MS } from './calendar.ts'
import type { Random } from './random.ts'
import type { Blip, IncidentKind, Scenario } from './scenario.ts'

const BLIPS_PER_SERVICE_WEEK = 2

/** Sizes and minutes, both from and to. */
const SORTS: readonly (readonly [
  IncidentKind,
  readonly [number, number],
  readonly [number, number],
])[] = [
  ['failures', [0.005, 0.02], [1, 2]],
  ['timeouts', [0.002, 0.01], [1, 2]],
  ['latency', [1.2, 1.6], [1, 2]],
  ['traffic-surge', [1.1, 1.3], [1, 5]],
  ['traffic-drop', [0.75, 0.9], [1, 5]],
  ['queue', [1.5, 4], [1, 1.5]],
  ['async-queue', [1.5, 4], [1, 1.5]],
]

export function blipsOf(scenario: Scenario, random: Random): Blip[] {
  const { start, warmUpDays, days, services } = scenario
  const weeks = ((warmUpDays + days) * services.length) / 7
  const blips = Array.from({ length: Math.round(weeks * BLIPS_PER_SERVICE_WEEK) }, (): Blip => {
    const [kind, sizes, minutes] = random.pick(SORTS)
    const at = start + Math.round(random.between(0, (warmUpDays + days) * DAY_MS - 5 * MINUTE_MS))
    const { name } = random.pick(services)
    return {
      ...{ kind, at, service: name },
      ...{ size: random.between(...sizes), minutes: random.between(...minutes) },
    }
  })
  return blips.sort((a, b) => a.at - b.at)
}
