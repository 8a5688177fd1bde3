/**
 * Unit tests of rules, as promtool runs them: `pass` and `fail` through Debian's promtool, too, where it is
 * installed. It is of 2.42: what came later is in `newer-pass` and `newer-fail`.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { rulesTest } from '../../../src/cli/rules-test.ts'

const FOLDER = 'test/fixtures/unit-tests'
const hasPromtool = spawnSync('promtool', ['--version']).status === 0
/** promtool leaves its storage where a test fails. */
const storage = mkdtempSync(join(tmpdir(), 'tars-alarm-promtool-'))
after(() => rmSync(storage, { recursive: true }))

async function ours(file: string): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = []
  const code = await rulesTest([file], {}, (line) => lines.push(line))
  return { code, lines }
}

async function promtool(file: string): Promise<number> {
  const env = { ...process.env, TMPDIR: storage }
  const run = promisify(execFile)('promtool', ['test', 'rules', file], { env })
  return run.then(
    () => 0,
    ({ code }) => code,
  )
}

for (const folder of ['pass', 'fail', 'newer-pass', 'newer-fail']) {
  const expected = folder.endsWith('pass') ? 0 : 1
  describe(`unit tests that ${folder}`, { concurrency: 2 }, () => {
    for (const name of readdirSync(`${FOLDER}/${folder}`)) {
      const file = `${FOLDER}/${folder}/${name}`
      it(name, async () => {
        const { code, lines } = await ours(file)
        assert.equal(code, expected, lines.join('\n'))
        assert.match(lines.at(-1) ?? '', expected === 0 ? /^SUCCESS: / : /^FAILED: /)
        const said = /^# says: (.*)\n/.exec(readFileSync(file, 'utf8'))?.[1]
        assert.equal(said !== undefined, expected === 1)
        if (said !== undefined) {
          assert.ok(
            lines.some((line) => line.includes(said)),
            lines.join('\n'),
          )
          assert.match(lines[1] ?? '', /\.yaml:\d+:\d+: /)
        }
        if (hasPromtool && !folder.startsWith('newer')) {
          assert.equal(await promtool(file), expected, 'promtool')
        }
      })
    }
  })
}
