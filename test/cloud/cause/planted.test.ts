/** Random worlds, with and without circles, in which some services are spoiled: are those found? */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { CallGraph } from '../../../src/cloud/cause/call-graph.ts'
import { type Cause, findCauses } from '../../../src/cloud/cause/root-cause.ts'
import type { Suspect } from '../../../src/cloud/cause/symptom.ts'
import { AT, edgesOf, nameOf, troubles, type World } from './support/world.ts'

/** Alerts fire from this part of the calls and failures a minute on. */
const ALERT = { ratio: 0.05, failures: 20 }

interface Shape {
  readonly interfacesEach: number
  readonly spoiled: number
}

/** With several interfaces each, services call each other in circles. */
function worlds({ interfacesEach, spoiled }: Shape): fc.Arbitrary<World> {
  return fc.integer({ min: 4, max: 20 }).chain((services) => {
    const service = fc.integer({ min: 0, max: services - 1 })
    const count = services * interfacesEach
    const wiring = fc
      .tuple(
        fc.integer({ min: 0, max: count - 2 }),
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom(0.3, 0.5, 1, 2),
      )
      .map(([from, further, perCall]) => ({
        from,
        to: Math.min(count - 1, from + further),
        perCall,
      }))
    const numbers = Array.from({ length: count }, (_, n) => n % services)
    return fc.record({
      interfaces:
        interfacesEach === 1
          ? fc.constant(numbers)
          : fc.shuffledSubarray(numbers, { minLength: count }),
      wirings: fc.uniqueArray(wiring, {
        minLength: count - 1,
        maxLength: 2 * count,
        selector: ({ from, to }) => `${from} ${to}`,
      }),
      spoiled: fc
        .uniqueArray(fc.tuple(service, fc.constantFrom(0.08, 0.2, 0.5, 0.9)), {
          minLength: 1,
          maxLength: spoiled,
          selector: ([each]) => each,
        })
        .map((all) => new Map(all)),
    })
  })
}

/** Of all services that fail enough; without those that are spoiled when `isSilent`. */
function suspectsOf(world: World, isSilent = false): Suspect[] {
  return [...troubles(world)].flatMap(([service, { calls, failures }]) => {
    if (isSilent && world.spoiled.has(service)) return []
    if (failures < ALERT.failures || failures < ALERT.ratio * calls) return []
    return {
      alert: `alert of ${nameOf(service)}`,
      service: nameOf(service),
      symptom: 'failures',
      severity: 'ERROR',
      isFiring: true,
      holds: true,
      since: AT,
    } satisfies Suspect
  })
}

function serviceOf({ interfaces }: World, number: number): string {
  return nameOf(interfaces[number] ?? 0)
}

function causesOf(world: World, suspects: readonly Suspect[]): Cause[] {
  return findCauses({ suspects, graph: new CallGraph({ edges: edgesOf(world) }) })
}

/** Of the alerts in many worlds, the part whose cause is a spoiled service. */
function hitRate(
  worldsOf: fc.Arbitrary<World>,
  isSilent = false,
): { rate: number; alerts: number } {
  let hits = 0
  let alerts = 0
  for (const world of fc.sample(worldsOf, { numRuns: 400, seed: 7 })) {
    const names = new Set([...world.spoiled.keys()].map(nameOf))
    for (const { matter, own, effects } of causesOf(world, suspectsOf(world, isSilent))) {
      alerts += own.length + effects.length
      if (names.has(matter.service)) hits += own.length + effects.length
    }
  }
  return { rate: hits / alerts, alerts }
}

describe('planted causes are found', () => {
  const cases: readonly (readonly [string, fc.Arbitrary<World>, boolean, number])[] = [
    ['one, no circles', worlds({ interfacesEach: 1, spoiled: 1 }), false, 0.99],
    ['one, with circles', worlds({ interfacesEach: 3, spoiled: 1 }), false, 0.95],
    ['one that has no alert itself', worlds({ interfacesEach: 1, spoiled: 1 }), true, 0.95],
    ['up to three at once, no circles', worlds({ interfacesEach: 1, spoiled: 3 }), false, 0.97],
    ['up to three at once, with circles', worlds({ interfacesEach: 3, spoiled: 3 }), false, 0.95],
  ]
  for (const [name, some, isSilent, least] of cases) {
    it(`${name}: at least ${least * 100} %`, () => {
      const { rate, alerts } = hitRate(some, isSilent)
      assert.ok(alerts > 500, `${alerts} alerts`)
      assert.ok(rate >= least, `${rate}`)
    })
  }
})

describe('whatever the world', () => {
  const some = fc.oneof(
    worlds({ interfacesEach: 1, spoiled: 4 }),
    worlds({ interfacesEach: 3, spoiled: 4 }),
  )

  it('no alert is lost, and none has two causes', () => {
    fc.assert(
      fc.property(some, (world) => {
        const suspects = suspectsOf(world)
        const found = causesOf(world, suspects).flatMap(({ own, effects }) => [
          ...own,
          ...effects.map(({ suspect }) => suspect),
        ])
        assert.deepEqual(
          found.map(({ alert }) => alert).toSorted(),
          suspects.map(({ alert }) => alert).toSorted(),
        )
      }),
    )
  })

  it('a path leads from the alert to its cause over calls that exist, no service twice', () => {
    fc.assert(
      fc.property(some, (world) => {
        for (const { matter, effects } of causesOf(world, suspectsOf(world))) {
          for (const { path } of effects) {
            assert.equal(path.at(-1)?.callee, matter.service)
            assert.equal(new Set(path.map(({ callee }) => callee)).size, path.length)
            for (const { caller, callee } of path) {
              assert.ok(
                world.wirings.some(
                  ({ from, to }) =>
                    serviceOf(world, from) === caller && serviceOf(world, to) === callee,
                ),
              )
            }
          }
        }
      }),
    )
  })

  it('the order of the alerts does not matter', () => {
    fc.assert(
      fc.property(some, (world) => {
        const suspects = suspectsOf(world)
        assert.deepEqual(causesOf(world, suspects.toReversed()), causesOf(world, suspects))
      }),
    )
  })
})
