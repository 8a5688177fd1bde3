/** Signs of life: one each time that all is well, none otherwise. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { LifeSign, type Vital } from '../../src/cloud/life-sign.ts'
import { type Log, silentLog } from '../../src/support/log.ts'
import { FakeClock } from '../support/fake-clock.ts'

function rig(vitals: Record<string, Vital>, send: () => Promise<void> = async () => {}) {
  const clock = new FakeClock(0)
  const said: string[] = []
  const log: Log = Object.assign(Object.create(silentLog), {
    error: ({ trouble }: { trouble: string }) => said.push(trouble),
    info: (text: string) => said.push(text),
  })
  let given = 0
  const sign = new LifeSign({
    ...{ everyMs: 60_000, clock, log, vitals },
    async send() {
      given++
      await send()
    },
  })
  const minutes = async (count: number) => {
    for (let minute = 0; minute < count; minute++) {
      clock.advance(60_000)
      await turn()
    }
  }
  return { sign, clock, said, minutes, given: () => given }
}

const well = async () => undefined

describe('signs of life', () => {
  it('go out at once, and every minute while all is well', async () => {
    const { sign, minutes, given, said } = rig({ rules: well, sender: well })
    sign.start()
    await sign.idle()
    assert.equal(given(), 1)
    await minutes(3)
    assert.deepEqual([given(), said], [4, []])
  })

  it('stay out while one part is not well, which is said once, and when it is over', async () => {
    let trouble: string | undefined = 'stuck'
    const { sign, minutes, given, said } = rig({ rules: well, sender: async () => trouble })
    sign.start()
    await minutes(3)
    assert.deepEqual([given(), said], [0, ['sender: stuck']])
    trouble = undefined
    await minutes(2)
    assert.deepEqual([given(), said], [2, ['sender: stuck', 'signs of life go out again']])
  })

  it('stay out while a part fails, or gives no answer within 10 s', async () => {
    const { promise: never } = Promise.withResolvers<undefined>()
    const store = async () => {
      throw new Error('disk full')
    }
    const { sign, clock, given, said } = rig({ series: () => never, store })
    sign.start()
    clock.advance(10_000)
    await sign.idle()
    assert.deepEqual([given(), said], [0, ['series: does not answer; store: disk full']])
  })

  it('that are not taken are said once, and tried again each minute', async () => {
    const { sign, minutes, given, said } = rig({}, async () => {
      throw new Error('HTTP 500')
    })
    sign.start()
    await sign.idle()
    await minutes(2)
    assert.deepEqual([given(), said], [3, ['it was not taken: HTTP 500']])
  })

  it('end with a stop', async () => {
    const { sign, minutes, given } = rig({ rules: well })
    sign.start()
    await sign.idle()
    sign.stop()
    await minutes(3)
    assert.equal(given(), 1)
  })
})
