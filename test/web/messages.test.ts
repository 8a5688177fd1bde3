import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/web/messages/en.ts'
import { zh } from '../../src/web/messages/zh.ts'

type Tree = { readonly [key: string]: string | Tree }

/** The names in braces of each message, by its path. */
function placeholders(tree: Tree, path = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(tree).map(([key, value]) =>
      typeof value === 'string'
        ? { [path + key]: (value.match(/\{\w+\}/g) ?? []).sort().join() }
        : placeholders(value, `${path}${key}.`),
    ),
  )
}

describe('messages of the console', () => {
  it('every language says the same with the same blanks', () => {
    assert.deepEqual(placeholders(en), placeholders(zh))
  })
})
