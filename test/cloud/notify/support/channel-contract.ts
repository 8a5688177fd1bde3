/** What every channel keeps, whatever it speaks: run it against a real peer of that kind. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import { type Channel, ChannelFailure } from '../../../../src/cloud/notify/channels/channel.ts'
import type { Delivery } from '../../../../src/cloud/notify/ports.ts'
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

/** What a peer that is asked over HTTP may do besides. */
export type HttpBehaviour =
  | 'answers 500'
  | 'redirects'
  | 'answers garbage'
  | 'answers without end'
  | 'breaks off its answer'
  /** Something on the way does not let it through: HTTP 413 and a page. */
  | 'is behind a gateway that refuses'

export interface HttpChannelPeer extends ChannelPeer {
  behave(behaviour: Behaviour | HttpBehaviour): void
  /** What tells whether it took a message: its status alone, or what it says. */
  readonly judgesBy: 'status' | 'body'
}

export interface ChannelPeer {
  open(): Channel
  /** What was asked to come later may come now. */
  later?(): void
  behave(behaviour: Behaviour): void
  /** Ids of the deliveries that it took whole. */
  taken(): readonly string[]
  /** What must never be seen in an error. */
  readonly secrets: readonly string[]
  close(): Promise<void>
}

const NEVER = new AbortController().signal
/** Of an answer or an error: people read it. */
const MAX_SAID_CHARS = 1_000

/** A delivery that a peer knows again by its text. */
function saying(id: string): Delivery {
  const values = { service: 'Shop.PayServer', title: id, level: 'ERROR', time: '10:05' }
  return delivery(id, { message: { subject: id, text: JSON.stringify(values), html: `<p>${id}` } })
}

/** What every channel over HTTP keeps besides: `keepsTheContract` first. */
export function keepsTheHttpContract(name: string, start: () => Promise<HttpChannelPeer>): void {
  keepsTheContract(name, start)
  describe(`${name} over HTTP`, () => {
    let peer: HttpChannelPeer
    before(async () => {
      peer = await start()
    })
    after(() => peer.close())

    async function send(behaviour: HttpBehaviour) {
      const channel = peer.open()
      peer.behave(behaviour)
      const outcome = await channel.send(saying('contract-1'), NEVER).catch((error) => error)
      channel.close()
      const said = outcome instanceof Error ? outcome.message : String(outcome)
      assert.ok(said.length <= MAX_SAID_CHARS, `${said.length} characters`)
      for (const secret of peer.secrets) assert.ok(!inspect(outcome, { depth: 9 }).includes(secret))
      return outcome
    }

    for (const behaviour of ['answers 500', 'redirects'] as const) {
      it(`a peer that ${behaviour}: again later, and it was not taken`, async () => {
        const outcome = await send(behaviour)
        assert.ok(outcome instanceof ChannelFailure && outcome.retryable, inspect(outcome))
        assert.equal(outcome.handedOver, false)
      })
    }

    it('a gateway on the way that refuses: for good only for those who go by status', async () => {
      const outcome = await send('is behind a gateway that refuses')
      assert.ok(outcome instanceof ChannelFailure, inspect(outcome))
      assert.equal(outcome.retryable, peer.judgesBy === 'body')
      assert.equal(outcome.handedOver, false)
    })

    const unclear = ['answers garbage', 'answers without end', 'breaks off its answer'] as const
    for (const behaviour of unclear) {
      it(`a peer that ${behaviour} with 200: taken for those who go by status, else unclear`, async () => {
        const outcome = await send(behaviour)
        if (peer.judgesBy === 'status') return assert.equal(typeof outcome, 'string')
        assert.ok(outcome instanceof ChannelFailure && outcome.retryable, inspect(outcome))
        assert.equal(outcome.handedOver, true)
      })
    }
  })
}

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
      peer.later?.()
      const outcome = await channel.send(saying(id), signal).catch((error: unknown) => error)
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
