/**
 * PromQL scripts in the language of Prometheus' promqltest: our own in `cases/`, and those of the
 * Prometheus project, which are kept beside the checkout.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { runScript } from '../../scripts/promqltest/run.ts'

const OWN = 'test/promql/cases'
const PROMETHEUS = '../shared/promqltest'

function scripts(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test'))
    .map((name) => `${folder}/${name}`)
}

function conforms(file: string): void {
  it(file, async () => {
    const outcomes = await runScript(readFileSync(file, 'utf8'))
    const failed = outcomes.flatMap((outcome) =>
      outcome.kind === 'failed'
        ? [
            `${file}:${outcome.line}: ${outcome.expr}\n  expected ${outcome.difference.expected}\n  got ${outcome.difference.got}`,
          ]
        : [],
    )
    assert.deepEqual(failed, [])
    assert.ok(
      outcomes.some(({ kind }) => kind !== 'failed'),
      'it evaluates something',
    )
  })
}

describe('our own scripts', () => {
  for (const file of scripts(OWN)) conforms(file)
})

describe('the scripts of the Prometheus project', () => {
  if (!existsSync(PROMETHEUS)) {
    it('conform', { skip: `${PROMETHEUS} is not here` }, () => {})
    return
  }
  for (const file of scripts(PROMETHEUS)) conforms(file)
})
