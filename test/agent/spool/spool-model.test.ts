import { describe, it } from 'node:test'
import fc from 'fast-check'
import { tempFolder } from '../support/temp-folder.ts'
import { type Fault, SpoolModel } from './spool-model.ts'

interface Step {
  run(model: SpoolModel): Promise<void>
  toString(): string
}

function step(name: string, run: (model: SpoolModel) => Promise<void>): Step {
  return { run, toString: () => name }
}

const share = fc.double({ min: 0, max: 0.999, noNaN: true })
const few = fc.integer({ min: 1, max: 6 })

const append = fc
  .tuple(few, fc.constantFrom(100, 3_000, 9_000))
  .map(([count, bytes]) => step(`append ${count}×${bytes}`, (model) => model.append(count, bytes)))
const fresh = few.map((count) => step(`fresh ${count}`, (model) => model.take('fresh', count)))
const backlog = few.map((count) =>
  step(`backlog ${count}`, (model) => model.take('backlog', count)),
)
const pass = fc
  .constantFrom(1_000, 50_000, 119_999, 120_000, 4_000_000)
  .map((ms) => step(`pass ${ms}`, (model) => model.pass(ms)))
const setClock = fc
  .constantFrom(-4_000_000, -60_000, 60_000, 130_000)
  .map((ms) => step(`clock ${ms}`, (model) => model.step(ms)))
const fill = fc
  .tuple(fc.constantFrom<Fault>('create', 'write', 'half-write', 'sync'), fc.nat({ max: 3 }))
  .map(([fault, after]) => step(`full at ${fault} ${after}`, (model) => model.fill(fault, after)))
const work = fc.constant(step('works', (model) => model.work()))
const discard = fc.constant(step('discard', (model) => model.discard()))
const close = fc.constant(step('close', (model) => model.close()))
const kill = fc.constant(step('kill', (model) => model.kill()))
const forget = fc.constant(step('forget', (model) => model.forget()))
const power = share.map((kept) => step(`power ${kept}`, (model) => model.powerFails(kept)))
const damage = fc
  .tuple(fc.nat({ max: 9 }), share)
  .map(([file, at]) => step(`damage ${file} ${at}`, (model) => model.damage(file, at)))

async function play(steps: readonly Step[]): Promise<void> {
  const model = await SpoolModel.start(tempFolder())
  try {
    for (const each of steps) await each.run(model)
    await model.end()
  } finally {
    await model.stop()
  }
}

describe('spool: whatever happens, what an append resolved is there until it is acknowledged, or told', () => {
  const always = [append, append, fresh, backlog, pass, discard]
  const cases: [name: string, steps: fc.Arbitrary<Step>[], runs: number][] = [
    ['an agent that works and restarts', [...always, close], 20],
    ['processes that are killed', [...always, kill, kill, close, forget], 20],
    ['power that fails', [...always, power, close], 20],
    ['disks that are full at any step', [...always, fill, fill, work, kill, power, close], 50],
    ['clocks that are set', [...always, setClock, kill], 20],
    ['bits that flip', [...always, damage, kill, close], 40],
    ['all of it', [...always, setClock, fill, work, power, kill, damage, close, forget], 40],
  ]
  for (const [name, steps, numRuns] of cases) {
    it(name, async () => {
      const walk = fc.array(fc.oneof(...steps), { maxLength: 40, size: 'max' })
      await fc.assert(fc.asyncProperty(walk, play), { numRuns })
    })
  }
})
