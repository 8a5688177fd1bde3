/** What every channel keeps, whatever it speaks: run it against a real peer of that kind. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { type Channel, ChannelFailure } from '../../../../src/cloud/notify/channels/channel.ts'
import { delivery } from './nouns.ts'

/** What a peer does with the next message. */
export type Behaviour =
  | 'takes it'
  | 'asks to come later'
  | 'refuses it'
  | 'drops the connection half-way'
  | 'takes it and dies before the answer'
  | 'hangs'
  | 'does not let us in'

export interface ChannelPeer {
  open(): Channel
  behave(behaviour: Behaviour): void
  /** Ids of the deliveries that it took whole. */
  taken(): readonly string[]
  /** What must never be seen in an error. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

const NEVER = new AbortController().signal

export function keepsTheContract(name: string, startPeer: () => Promise<ChannelPeer>): void {
  describe(`${name} keeps the contract of channels`, () => {
    let peer: ChannelPeer
    let channel: Channel
    let count = 0
    before(async () => {
      peer = await startPeer()
      channel = peer.open()
    })
    after(async () => {
      channel.close()
      await peer.close()
    })

    /** Sends one message to a peer that behaves so; the failure, or the answer. */
    async function send(behaviour: Behaviour, signal = NEVER) {
      const id = `contract-${++count}`
      peer.behave(behaviour)
      const outcome = await channel.send(delivery(id), signal).catch((error: unknown) => error)
      for (const secret of peer.secrets) {
        assert.ok(!inspect(outcome, { depth: 9 }).includes(secret), 'a secret in the outcome')
      }
      return { id, outcome }
    }

    it('resolves with the answer when it was taken', async () => {
      const { id, outcome } = await send('takes it')
      assert.equal(typeof outcome, 'string')
      assert.ok(peer.taken().includes(id))
    })

    const failures: [Behaviour, boolean, boolean][] = [
      ['asks to come later', true, false],
      ['refuses it', false, false],
      ['drops the connection half-way', true, false],
      ['takes it and dies before the answer', true, true],
      ['does not let us in', true, false],
    ]
    for (const [behaviour, retryable, handedOver] of failures) {
      it(`a peer that ${behaviour}: ${retryable ? 'again later' : 'never again'}`, async () => {
        const { outcome } = await send(behaviour)
        assert.ok(outcome instanceof ChannelFailure, inspect(outcome))
        assert.equal(outcome.retryable, retryable)
        // A loss half-way may be taken for one after the end, never the other way round.
        if (handedOver) assert.equal(outcome.handedOver, true)
      })
    }

    it('works again afterwards', async () => {
      const { id } = await send('takes it')
      assert.equal(peer.taken().filter((one) => one === id).length, 1)
    })

    it('ends when it is cut off', async () => {
      const cut = new AbortController()
      const sending = send('hangs', cut.signal)
      setImmediate(() => cut.abort())
      const { outcome } = await sending
      assert.ok(outcome instanceof ChannelFailure && outcome.retryable)
    })
  })
}
