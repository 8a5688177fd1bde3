/**
 * Saves evaluations and plans in the store in folder `argv[2]` until it is killed. In evaluation n every
 * alert gets the value n and one change each, and all changes are planned. Prints n when it is saved.
 */
import { writeSync } from 'node:fs'
import { alert, change, convergence, delivery } from '../../contract/store/samples.ts'
import { openIn } from './data-folder.ts'

export const ALERTS = 8

export function valuesOf(environment: string, n: number) {
  return Array.from({ length: ALERTS }, (_, i) =>
    alert(environment, { id: `alert ${i}`, value: n }),
  )
}

async function write(folder: string): Promise<never> {
  const store = await openIn(folder)
  const [environment] = (await store.environments.environments()).map(({ id }) => id)
  if (environment === undefined) throw new RangeError('no environment')
  const [before] = await store.alerts.progress(environment)
  for (let n = (before?.evaluatedAt ?? 0) + 1; ; n++) {
    const alerts = valuesOf(environment, n)
    await store.alerts.saveEvaluation({
      progress: { environment, group: 'tars', evaluatedAt: n },
      alerts,
      dropped: [],
      changes: alerts.map((one) => change(one)),
    })
    writeSync(1, `${n}\n`)
    for (const { id } of await store.plans.pendingChanges(ALERTS, 0)) {
      await store.plans.savePlans([
        {
          change: id,
          deliveries: [delivery(environment, { id: `delivery ${id}` })],
          convergences: [convergence(environment, { toldAt: id })],
        },
      ])
    }
  }
}

if (process.argv[2] !== undefined) await write(process.argv[2])
