import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dialled, phoneOf } from '../../../src/cloud/notify/phone.ts'

describe('a phone number, as people write it', () => {
  const cases: [written: string, kept: string | undefined, dialled?: string][] = [
    ['13800000000', '13800000000', '13800000000'],
    ['138 0000-0000', '13800000000'],
    ['+86 138 0000 0000', '13800000000'],
    ['0086-13800000000', '13800000000'],
    ['8613800000000', '13800000000'],
    ['+852 9123 4567', '+85291234567', '85291234567'],
    ['0049 (151) 1234.5678', '+4915112345678', '4915112345678'],
    ['+86 10 1234 5678', '+861012345678', '01012345678'],
    ['+86 (0)10 1234 5678', '+861012345678', '01012345678'],
    ['+86 0755-8888 8888', '+8675588888888', '075588888888'],
    ['+44 (0)20 7946 0958', '+442079460958', '442079460958'],
    ['+39 06 1234 5678', '+390612345678', '390612345678'],
    ['+86 138 0000 000', undefined],
    ['+86 138 0000 00000', undefined],
    ['0086 128 0000 0000', undefined],
    ['12800000000', undefined],
    ['1380000000', undefined],
    ['138000000000', undefined],
    ['91234567', undefined],
    ['+0123456789', undefined],
    ['+1234567890123456', undefined],
    ['13800000000,13800000001', undefined],
    ['zhang', undefined],
    ['', undefined],
  ]
  for (const [written, kept, called = ''] of cases) {
    it(`${written}: ${kept ?? 'none'}`, () => {
      assert.equal(phoneOf(written), kept)
      if (kept !== undefined) assert.equal(phoneOf(kept), kept)
      if (kept !== undefined && called !== '') assert.equal(dialled(kept), called)
    })
  }
})
