import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { NewDelivery, StoredContact } from '../../../src/cloud/notify/ports.ts'
import {
  Verification,
  type VerificationStore,
  waitBeforeNext,
} from '../../../src/cloud/notify/verification.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { dataFolder, openIn } from '../store/data-folder.ts'
import { AT, contact, ENVIRONMENT } from './support/nouns.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

async function asked(key = 7) {
  let known: StoredContact = { ...contact('zhang'), address: { unverified: { since: AT } } }
  const mails: NewDelivery[] = []
  const store: VerificationStore = {
    contact: async () => known,
    async changeAddress(_environment, _id, change) {
      known = { ...known, address: change(known) }
      return known
    },
    askedAt: async () => [],
    saveAsk: async (mail) => void mails.push(mail),
  }
  const options = { store, clock: new FakeClock(AT), publicUrl: 'https://c/', onPlanned: () => {} }
  const verification = new Verification({ ...options, key: new Uint8Array(32).fill(key) })
  await verification.ask(known, '生产')
  const url = new URL(/https:\S+/.exec(mails[0]?.message.text ?? '')?.[0] ?? '')
  const link = {
    ...{ environment: ENVIRONMENT, contact: 'zhang' },
    until: Number(url.searchParams.get('until')),
    signature: url.searchParams.get('signature') ?? '',
  }
  return { verification, link, mails }
}

describe('the link that confirms an address', () => {
  it('is good as it is, for three days', async () => {
    const { verification, link } = await asked()
    assert.equal(link.until, AT + 3 * DAY_MS)
    assert.equal((await verification.look(link)).state, 'waiting')
    assert.equal((await verification.confirm(link)).state, 'confirmed')
  })

  it('is void with any character changed, left out or added', async () => {
    const { verification, link } = await asked()
    const { signature } = link
    for (let at = 0; at < signature.length; at++) {
      const other = signature[at] === 'A' ? 'B' : 'A'
      const [head, tail] = [signature.slice(0, at), signature.slice(at + 1)]
      for (const forged of [head + other + tail, head + tail, `${head}A${signature.slice(at)}`]) {
        if (forged === signature) continue
        assert.equal((await verification.confirm({ ...link, signature: forged })).state, 'void')
      }
    }
    assert.equal((await verification.look(link)).state, 'waiting')
  })

  it('of another cloud is void', async () => {
    const { verification } = await asked()
    const { link } = await asked(8)
    assert.equal((await verification.confirm(link)).state, 'void')
  })

  it('goes to the address, under an id of its own', async () => {
    const { mails } = await asked()
    const [mail] = mails
    assert.deepEqual([mail?.to, mail?.alerts, mail?.contact], ['zhang@example.com', [], 'zhang'])
    assert.match(mail?.id ?? '', /^[0-9a-f]{32}$/)
  })
})

describe('a process that dies while it asks', () => {
  const deaths = [
    ['before the mail is saved: the owner is asked when somebody wants it again, at once', 0],
    ['after that: the next process sends it, and asks no second time', MINUTE_MS],
  ] as const
  for (const [name, waitMs] of deaths) {
    it(name, async (t) => {
      const real = await openIn(dataFolder(t))
      t.after(() => real.close())
      const wanted = { name: '生产', framework: 'TARSFramework' } as const
      const { id: environment } = await real.environments.createEnvironment(wanted, AT)
      const zhang = { ...contact('zhang', { environment }), address: { unverified: { since: AT } } }
      await real.contacts.saveContact(zhang)
      const died = Promise.withResolvers<void>()
      const store: VerificationStore = {
        contact: (...of) => real.contacts.contact(...of),
        changeAddress: (...of) => real.contacts.changeAddress(...of),
        askedAt: (...of) => real.contacts.askedAt(...of),
        async saveAsk(mail) {
          if (waitMs > 0) await real.contacts.saveAsk(mail)
          died.resolve()
          await new Promise(() => {})
        },
      }
      const asking = { clock: new FakeClock(AT), key: new Uint8Array(32), publicUrl: 'https://c' }
      const lives = [store, real.contacts].map(
        (of) => new Verification({ ...asking, store: of, onPlanned: () => {} }),
      )
      void lives[0]?.ask(zhang, '生产')
      await died.promise
      assert.deepEqual(await real.contacts.contact(environment, 'zhang'), zhang)
      assert.equal(await lives[1]?.ask(zhang, '生产'), waitMs)
      const shares = [{ lane: `mail ${environment}`, limit: 9 }]
      const mails = await real.outbox.claim({ now: AT, leaseMs: 1, shares })
      assert.deepEqual(
        mails.map(({ to }) => to),
        [zhang.email],
      )
    })
  }
})

describe('when the owner of an address may be asked again', () => {
  const cases: [string, number[], number][] = [
    ['at once the first time', [], 0],
    ['a minute after the last time', [AT - 20_000], 40_000],
    ['at once after a minute', [AT - MINUTE_MS], 0],
    [
      'a day after the first of five',
      [5, 4, 3, 2, 1].map((h) => AT - h * 3_600_000),
      19 * 3_600_000,
    ],
    ['at once after four', [4, 3, 2, 1].map((h) => AT - h * 3_600_000), 0],
  ]
  for (const [name, times, waitMs] of cases) {
    it(name, () => assert.equal(waitBeforeNext(times, AT), waitMs))
  }
})
