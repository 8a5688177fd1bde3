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

const numbersOf = (lines: readonly string[], what: string) =>
  lines.filter((line) => line.startsWith(what)).map((line) => Number(line.slice(2)))

/** One of its lane that came after it: the writer's odd ones are backlog. */
function hasPassed(done: ReadonlySet<number>, seq: number): boolean {
  return [...done].some((other) => other > seq && other % 2 === seq % 2)
}

it('kill -9 at any moment: what an append resolved is there; acknowledged is there only what had an older one before it that was not', async () => {
  const folder = tempFolder()
  const [appended, about, done] = [new Set<number>(), new Set<number>(), new Set<number>()]
  /** Maybe appended: killed before it was said. */
  const unsaid = new Set<number>()
  /** Acknowledged, but behind one that was not. */
  let mayRepeat = new Set<number>()
  for (let round = 0; round < ROUNDS; round++) {
    const lines = await killAfter(
      1 + Math.floor(Math.random() * 400),
      folder,
      1 + round * 1_000_000,
    )
    for (const seq of numbersOf(lines, 'a')) appended.add(seq)
    for (const seq of numbersOf(lines, 'p')) about.add(seq)
    for (const seq of numbersOf(lines, 'k')) {
      assert.ok(!done.has(seq) || mayRepeat.delete(seq), `${seq} came again in one run`)
      done.add(seq)
    }
    // Three that were being appended may be on disk, too, until their lane has come past them.
    const last = Math.max(round * 1_000_000, ...numbersOf(lines, 'a'))
    for (const seq of [last + 1, last + 2, last + 3]) unsaid.add(seq)
    for (const seq of unsaid) if (hasPassed(done, seq)) unsaid.delete(seq)
    const open = [...appended, ...unsaid].filter((seq) => !done.has(seq))
    const oldest = Math.min(...open, ...mayRepeat)
    mayRepeat = new Set([...done].filter((seq) => seq > oldest))
  }
  const spool = await openSpool(folder)
  const left = drain(spool)
  await spool.close()
  const lost = [...appended].filter((seq) => !about.has(seq) && !left.includes(seq))
  assert.deepEqual(lost, [])
  const repeated = left.filter((seq) => done.has(seq) && !mayRepeat.has(seq))
  assert.deepEqual(repeated, [])
  assert.equal(new Set(left).size, left.length)
  assert.ok(appended.size > ROUNDS && done.size > 0, 'the writer did its work')
})
