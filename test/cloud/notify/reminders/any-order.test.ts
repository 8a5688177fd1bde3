/** Alarms, people who act and processes that end, in any order: who else is told, and when no more. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Alert } from '../../../../src/cloud/alerts/alert.ts'
import { dataFolder } from '../../store/data-folder.ts'
import { AT } from '../support/nouns.ts'
import { MINUTE, step, World } from './world.ts'

const STEPS = [step(10, 'li'), step(25, 'wang'), step(40, 'li')]

type Move =
  | { readonly do: 'fire' | 'restart' }
  | { readonly do: 'wait'; readonly minutes: number }
  | { readonly do: 'resolve' | 'acknowledge' | 'close' | 'undo'; readonly nth: number }

const nth = fc.nat(2)
const moves = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('fire' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        minutes: fc.integer({ min: 1, max: 30 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('resolve', 'acknowledge', 'close', 'undo'), nth }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  ),
  { minLength: 10, maxLength: 20, size: 'max' },
)

/** Between which minutes nothing escalates, by alert; to Infinity: any more. */
async function play(folder: string, all: readonly Move[]) {
  let here = await World.make(folder, { escalation: STEPS })
  const alerts: Alert[] = []
  const quiet = new Map<string, [from: number, to: number][]>()
  const over = new Set<string>()
  const minute = () => (here.clock.now() - AT) / MINUTE
  async function act(move: Move): Promise<void> {
    if (move.do === 'wait') here.clock.advance(move.minutes * MINUTE)
    if (move.do === 'restart') {
      await here.close()
      here = await World.again(folder, minute())
    }
    if (move.do === 'fire') {
      const id = `a${alerts.length}`
      const fresh = here.alert(id, { labels: { callee: `S.${id}` } })
      alerts.push(fresh)
      quiet.set(id, [])
      await here.news('fired', fresh)
    }
    if (!('nth' in move)) return here.settle()
    const lastOf = ({ id }: Alert) => quiet.get(id)?.findLast(([, to]) => to === Infinity)
    const isHandled = move.do === 'undo'
    const [of] = alerts
      .filter((one) => !over.has(one.id) && Boolean(lastOf(one)) === isHandled)
      .slice(move.nth)
    if (!of) return
    const last = lastOf(of)
    if (last) last[1] = minute()
    else quiet.get(of.id)?.push([minute(), Infinity])
    if (move.do !== 'resolve') return here.act(of.id, move.do)
    over.add(of.id)
    await here.news('resolved', of)
  }
  for (const move of all) await act(move)
  for (let n = 0; n < 8; n++) await act({ do: 'wait', minutes: 20 })
  const told = await here.told()
  await here.close()
  return { told, quiet }
}

describe('an escalation, whatever happens in whatever order', () => {
  it('tells each step once, in order, while nobody has acted and it is not over; else all of them', async (t) => {
    await fc.assert(
      fc.asyncProperty(moves, async (all) => {
        const { told, quiet } = await play(dataFolder(t), all)
        for (const [id, spans] of quiet) {
          const steps = told.flatMap((line) => {
            const [, minute, of = '', place] =
              /^(\d+) \w+: fired ([\w +]+) \(escalation (\d)\)/.exec(line) ?? []
            return of.split(' + ').includes(id)
              ? [{ minute: Number(minute), place: Number(place) }]
              : []
          })
          const places = steps.map(({ place }) => place)
          assert.deepEqual(places, [1, 2, 3].slice(0, steps.length), told.join('\n'))
          const isQuiet = (minute: number) =>
            spans.some(([from, to]) => from < minute && minute < to)
          assert.ok(!steps.some(({ minute }) => isQuiet(minute)), `${id}\n${told.join('\n')}`)
          if (!isQuiet(Number.MAX_SAFE_INTEGER))
            assert.equal(steps.length, 3, `${id}\n${told.join('\n')}`)
        }
      }),
      { numRuns: 10 },
    )
  })
})
