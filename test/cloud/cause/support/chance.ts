/** Seeded chance, and worlds made by it. */
import type { Wiring, World } from './world.ts'

export interface Chance {
  /** In [0, 1). */
  next(): number
  /** An integer in [0, below). */
  below(below: number): number
  /** How often what is expected `mean` times happens: Poisson. */
  count(mean: number): number
}

export function chanceOf(seed: number): Chance {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return {
    next,
    below: (below) => Math.floor(next() * below),
    count(mean) {
      if (mean > 50) {
        const normal = Math.sqrt(-2 * Math.log(next() || 1e-9)) * Math.cos(2 * Math.PI * next())
        return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal))
      }
      let count = 0
      for (let left = next(); left > Math.exp(-mean); left *= next()) count++
      return count
    },
  }
}

/** 8 to 23 services of two interfaces each, one of them spoiled. */
export function worldBy(chance: Chance): { world: World; planted: number } {
  const services = 8 + chance.below(16)
  const interfaces = Array.from({ length: 2 * services }, (_, n) => n % services)
    .map((service) => ({ service, order: chance.next() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ service }) => service)
  const wirings: Wiring[] = []
  for (let to = 1; to < interfaces.length; to++) {
    const from = Math.max(0, to - 1 - chance.below(6))
    if (interfaces[from] === interfaces[to]) continue
    wirings.push({ from, to, perCall: [0.3, 0.5, 1, 1][chance.below(4)] ?? 1 })
  }
  const planted = chance.below(services)
  const spoiled = new Map([[planted, [0.1, 0.2, 0.5, 1][chance.below(4)] ?? 1]])
  return { world: { interfaces, wirings, spoiled }, planted }
}
