import assert from 'node:assert/strict'
import { it } from 'node:test'
import { claim, delivery, type Open, saveDeliveries, T0, withStore } from './samples.ts'

export function pictureCases(open: Open): void {
  it(
    'a delivery keeps the picture it was planned with, or none',
    withStore(open, async (store, environment) => {
      const plain = delivery(environment, { id: 'a' })
      const message = { ...plain.message, picture: '<svg>告警</svg>' }
      await saveDeliveries(store, [plain, delivery(environment, { id: 'b', message })])
      const claimed = await claim(store, T0, 1000, 2)
      const pictures = new Map(claimed.map(({ id, message }) => [id, message.picture]))
      assert.deepEqual(
        pictures,
        new Map([
          ['a', undefined],
          ['b', '<svg>告警</svg>'],
        ]),
      )
    }),
  )
}
