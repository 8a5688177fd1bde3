/** Escalates in the store in folder `argv[2]`, by a clock that goes on a minute at a time from minute `argv[3]`; says so until it is killed. */
import { writeSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { World } from './world.ts'

const [, , folder = '', from = '0'] = process.argv
const world = await World.again(folder, Number(from))
for (let minute = Number(from); ; minute++) {
  await world.until(minute)
  await world.settle()
  writeSync(1, `${minute}\n`)
  await turn()
}
