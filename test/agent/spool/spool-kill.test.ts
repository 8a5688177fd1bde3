import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'
import { tempFolder } from '../support/temp-folder.ts'
import { drain, openSpool } from './spool-rig.ts'

const ROUNDS = 6

/** Runs the writer and kills it after `lines` lines; what it said. */
async function killAfter(lines: number, folder: string, firstSeq: number): Promise<string[]> {
  const writer = spawn(
    process.execPath,
    ['test/agent/peers/spool-writer.ts', folder, `${firstSeq}`],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const exit = once(writer, 'exit')
  let said = ''
  for await (const chunk of writer.stdout) {
    said += chunk
    if (said.split('\n').length > lines) writer.kill('SIGKILL')
  }
  await exit
  // The last line may be torn.
  return said.split('\n').slice(0, -1)
}

it('kill -9 at any moment: what an append resolved is there, what was acknowledged is not', async () => {
  const folder = tempFolder()
  const said = { a: new Set<number>(), p: new Set<number>(), k: new Set<number>() }
  for (let round = 0; round < ROUNDS; round++) {
    const lines = 1 + Math.floor(Math.random() * 400)
    for (const line of await killAfter(lines, folder, 1 + round * 1_000_000)) {
      const [what = '', seq] = line.split(' ')
      said[what as keyof typeof said].add(Number(seq))
    }
  }
  const spool = await openSpool(folder)
  const left = drain(spool)
  await spool.close()
  const lost = [...said.a].filter((seq) => !said.p.has(seq) && !left.includes(seq))
  assert.deepEqual(lost, [])
  assert.deepEqual(
    left.filter((seq) => said.k.has(seq)),
    [],
  )
  assert.equal(new Set(left).size, left.length)
  assert.ok(said.a.size > ROUNDS && said.k.size > 0, 'the writer did its work')
})
