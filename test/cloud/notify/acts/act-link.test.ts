import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ActLinks } from '../../../../src/cloud/notify/acts/act-link.ts'
import { AT, ENVIRONMENT } from '../support/nouns.ts'

const key = new Uint8Array(32).fill(7)
const links = new ActLinks(key)
const claim = { environment: ENVIRONMENT, alert: 'a'.repeat(32), contact: '张', expiresAt: AT + 10 }

describe('links to act on an alarm', () => {
  it('say who may act on what, until they expire', () => {
    const link = links.sign(claim)
    assert.match(link, /^[\w.-]+$/)
    assert.deepEqual(links.read(link, AT), claim)
    assert.deepEqual(links.read(link, AT + 9), claim)
    assert.equal(links.read(link, AT + 10), 'expired')
  })

  it('are worthless when any of their signs is changed, cut or added', () => {
    const link = links.sign(claim)
    const signs = [...'abcXYZ019-_.']
    fc.assert(
      fc.property(
        fc.nat(link.length),
        fc.constantFrom(...signs, ''),
        fc.nat(1),
        (at, sign, cut) => {
          const changed = link.slice(0, at) + sign + link.slice(at + cut)
          fc.pre(changed !== link)
          assert.equal(links.read(changed, AT), 'forged')
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('of another key, or signed for another purpose, are worthless', () => {
    const [body = ''] = links.sign(claim).split('.')
    const bare = createHmac('sha256', key).update(body).digest('base64url')
    assert.equal(links.read(`${body}.${bare}`, AT), 'forged')
    assert.equal(links.read(new ActLinks(new Uint8Array(32)).sign(claim), AT), 'forged')
  })

  it('whatever comes is no fault of ours', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), (text) => {
        assert.equal(links.read(text, AT), 'forged')
      }),
    )
  })

  it('need a key of 32 bytes', () => {
    assert.throws(() => new ActLinks(new Uint8Array(16)), RangeError)
  })
})
