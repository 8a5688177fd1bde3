/** What the default alarms say of small worlds: each file reads as a specification, in promtool's words. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rulesTest } from '../../../../src/cli/rules-test.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

describe('the default alarms', () => {
  for (const name of readdirSync(FOLDER).filter(
    (name) => name.endsWith('.yaml') && !name.endsWith('.rules.yaml'),
  )) {
    it(`are as ${name} says`, async () => {
      const lines: string[] = []
      const code = await rulesTest([FOLDER + name], {}, (line) => lines.push(line))
      assert.equal(code, 0, lines.join('\n'))
    })
  }
})
