/** A process that escalates is killed (SIGKILL) over and over: each step is told once, in its order. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { dataFolder } from '../../store/data-folder.ts'
import { step, World } from './world.ts'

const PROCESS = fileURLToPath(new URL('escalating-process.ts', import.meta.url))
const LIVES = 5

/** Kills the process once it has said `lines` minutes; returns the last it said. */
async function live(folder: string, from: number, lines: number): Promise<number> {
  const child = spawn(process.execPath, [PROCESS, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (said.split('\n').length > lines) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  assert.equal(signal, 'SIGKILL')
  return Number(said.trimEnd().split('\n').at(-1))
}

describe('an escalation whose process is killed', () => {
  it('goes on where it was: each step is told once, and late rather than never', async (t) => {
    const folder = dataFolder(t)
    const steps = [
      step(5, 'li'),
      step(10, 'wang'),
      step(15, 'li'),
      step(20, 'wang'),
      step(25, 'li'),
    ]
    const before = await World.make(folder, { escalation: steps })
    const alerts = ['a', 'b', 'c'].map((id) => before.alert(id, { labels: { callee: `S.${id}` } }))
    for (const one of alerts) await before.news('fired', one)
    await before.close()
    let minute = 0
    for (let n = 0; n < LIVES; n++) minute = await live(folder, minute, 1 + Math.random() * 8)
    // What no process saw fall due is told by the next.
    const after = await World.again(folder, minute)
    t.after(() => after.close())
    await after.settle()
    await after.until(minute + 30)
    const told = (await after.told()).map((one) => one.replace(/^\d+ /, ''))
    for (const { id } of alerts) {
      assert.deepEqual(
        told.filter((one) => one.includes(` ${id}`)),
        [
          `zhang: fired ${id}`,
          ...[1, 2, 3, 4, 5].map(
            (n) => `${n % 2 ? 'li' : 'wang'}: fired c + a + b (escalation ${n})`,
          ),
        ],
      )
    }
    assert.equal(told.length, 3 + 5, 'one message for each step')
  })
})
