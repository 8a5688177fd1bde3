import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { secretsIn } from '../../../src/cloud/store/master-key.ts'
import { newEnvironmentId, newEnvKey, Secrets } from '../../../src/cloud/store/secrets.ts'
import { anyText } from '../../support/any-text.ts'
import { dataFolder } from './data-folder.ts'

const secrets = new Secrets(new Uint8Array(32).fill(7), 'a test')
const corrupt = { name: 'StoreFailure', reason: 'corrupt' }

describe('a sealed secret', () => {
  it('opens for its owner, whatever it is, and never looks the same twice', () => {
    fc.assert(
      fc.property(anyText(), fc.string(), (secret, owner) => {
        const sealed = secrets.seal(secret, owner)
        assert.equal(secrets.open(sealed, owner), secret)
        assert.notEqual(secrets.seal(secret, owner), sealed)
      }),
    )
  })

  it('opens neither for another owner nor with another key', () => {
    const sealed = secrets.seal('secret', 'al-a')
    const other = new Secrets(new Uint8Array(32).fill(8), 'a test')
    assert.throws(() => secrets.open(sealed, 'al-b'), corrupt)
    assert.throws(() => other.open(sealed, 'al-a'), corrupt)
  })

  it('does not open when any bit of it was altered, or when it was cut', () => {
    const sealed = Buffer.from(secrets.seal('secret', 'al-a'), 'base64url')
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const altered = Buffer.from(sealed)
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
      assert.throws(() => secrets.open(altered.toString('base64url'), 'al-a'), corrupt)
    }
    for (let length = 0; length < sealed.length; length++) {
      const cut = sealed.subarray(0, length).toString('base64url')
      assert.throws(() => secrets.open(cut, 'al-a'), corrupt)
    }
  })
})

describe('names and keys made by chance', () => {
  it('use every letter of their alphabet and never repeat', () => {
    const keys = Array.from({ length: 500 }, newEnvKey)
    const ids = Array.from({ length: 500 }, newEnvironmentId)
    assert.equal(new Set([...keys, ...ids]).size, 1000)
    assert.equal(new Set(keys.map((key) => key.slice(3)).join('')).size, 62)
    assert.equal(new Set(ids.map((id) => id.slice(3)).join('')).size, 36)
  })
})

describe('the master key', () => {
  it('is made once, for its owner only', (t) => {
    const folder = `${dataFolder(t)}/made`
    const made = secretsIn(folder)
    assert.equal(statSync(made.source).mode & 0o777, 0o600)
    assert.match(readFileSync(made.source, 'utf8'), /^[0-9a-f]{64}\n$/)
    assert.equal(secretsIn(folder).fingerprint, made.fingerprint)
    assert.equal(secretsIn(folder).open(made.seal('secret', 'al-a'), 'al-a'), 'secret')
    assert.notEqual(secretsIn(dataFolder(t)).fingerprint, made.fingerprint)
  })

  it('that is broken is refused with its file and without its content', (t) => {
    const folder = dataFolder(t)
    writeFileSync(`${folder}/master.key`, 'half a key')
    assert.throws(
      () => secretsIn(folder),
      (error: Error) => {
        assert.match(error.message, /master\.key is no master key: expected 64 hex digits/)
        assert.doesNotMatch(error.message, /half a key/)
        return true
      },
    )
  })
})
