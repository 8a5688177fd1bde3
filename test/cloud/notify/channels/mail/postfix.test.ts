/** Mail against Postfix: what it says, and what lies in the mailbox. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { inspect } from 'node:util'
import PostalMime, { type Email } from 'postal-mime'
import { watchAddresses } from '../../../../../src/cloud/notify/bounce.ts'
import { type Channel, ChannelFailure } from '../../../../../src/cloud/notify/channels/channel.ts'
import { AddressRefused } from '../../../../../src/cloud/notify/channels/mail/address-refusal.ts'
import type { MailConfig } from '../../../../../src/cloud/notify/channels/mail/config.ts'
import { openMail } from '../../../../../src/cloud/notify/channels/mail/mail.ts'
import { renderMail } from '../../../../../src/cloud/notify/channels/mail/render.ts'
import type { Delivery, StoredContact } from '../../../../../src/cloud/notify/ports.ts'
import { pngOf } from '../../../../../src/cloud/picture/png.ts'
import { silentLog } from '../../../../../src/support/log.ts'
import { FakeClock } from '../../../../support/fake-clock.ts'
import { FAILING } from '../../../picture/support/pictures.ts'
import { AT, alert, change, contact, delivery, notice } from '../../support/nouns.ts'
import { MAX_MAIL_BYTES, noPostfix, Postfix } from '../../support/postfix.ts'

const NEVER = new AbortController().signal

describe('Postfix', { skip: noPostfix }, () => {
  let peer: Postfix
  before(async () => {
    peer = await Postfix.start()
  })
  after(() => peer.stop())

  /** The answer or the failure, over a channel of its own. */
  async function send(what: Delivery, settings: Partial<MailConfig> = {}, watched = asItIs) {
    const channel = watched(openMail({ ...peer.config, ...settings }))
    try {
      return await channel.send(what, NEVER)
    } catch (error) {
      assert.ok(error instanceof ChannelFailure, inspect(error))
      return error
    } finally {
      channel.close()
    }
  }

  async function arrived(): Promise<Email> {
    return PostalMime.parse(await peer.mail())
  }

  it('delivers by STARTTLS what was said, picture and threads included', async () => {
    const said = `付费 👨‍👩‍👧 é שלום\n.\n..\nFrom here\n${'长'.repeat(2_000)}`
    const of = alert('a1', { annotations: { title: '失败率高 🔥', description: said } })
    const message = renderMail(notice(change('fired', AT, of), { picture: FAILING }), {})
    const answer = await send(delivery('d1', { message, alerts: ['a1', 'a2'] }))
    assert.match(String(answer), /^250 2\.0\.0 Ok: queued as /)
    const mail = await arrived()
    const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value ?? ''
    assert.match(header('received'), /using TLSv1\.[23].*with ESMTPS id/s)
    assert.equal(mail.subject, message.subject)
    assert.equal(lines(mail.text), lines(message.text))
    assert.equal(lines(mail.html), lines(message.html))
    assert.equal(mail.from?.name, 'TARS 告警')
    assert.equal(mail.messageId, '<d1@tars-alarm>')
    assert.equal(mail.inReplyTo, '<alert-a1@tars-alarm>')
    assert.equal(mail.references, '<alert-a1@tars-alarm> <alert-a2@tars-alarm>')
    const [picture] = mail.attachments
    assert.equal(picture?.disposition, 'inline')
    assert.ok(mail.html?.includes(`cid:${picture?.contentId?.slice(1, -1)}`))
    const png = Buffer.from(await pngOf(message.picture ?? ''))
    assert.deepEqual(Buffer.from(picture?.content as ArrayBuffer), png)
  })

  it('delivers to an address beyond ASCII', async () => {
    assert.match(String(await send(delivery('d2', { to: '张三@example.com' }))), /^250 /)
    assert.equal((await arrived()).to?.[0]?.address, '张三@example.com')
  })

  it('delivers many at once over few connections, each once', async () => {
    const channel = openMail(peer.config)
    const ids = Array.from({ length: 40 }, (_, n) => `many-${n}`)
    await Promise.all(ids.map((id) => channel.send(delivery(id), NEVER)))
    channel.close()
    const found: string[] = []
    for (const _ of ids) found.push((await arrived()).headers.find(isDelivery)?.value ?? '')
    assert.deepEqual(found.toSorted(), ids.toSorted())
  })

  it('a mailbox it does not have: its words disable the address', async () => {
    let known: StoredContact = contact('zhang', { email: 'nobody@example.com' })
    const store = {
      contact: async () => known,
      changeAddress: async (_environment: string, _id: string, next: ChangeOfAddress) => {
        known = { ...known, address: next(known) }
        return known
      },
      sentSince: async () => false,
    }
    const watched = (mail: Channel) =>
      watchAddresses(mail, { store, clock: new FakeClock(AT), log: silentLog })
    const failure = await send(delivery('d3', { to: known.email }), {}, watched)
    assert.ok(failure instanceof AddressRefused && !failure.retryable, inspect(failure))
    assert.match(failure.message, /550 5\.1\.1 <nobody@example\.com>: .*User unknown/)
    assert.match(known.address?.disabled?.why ?? '', /User unknown in virtual mailbox table/)
  })

  it('a domain it does not relay to: refused, and nothing is said of the address', async () => {
    const failure = await send(delivery('d4', { to: 'a@elsewhere.example' }))
    assert.ok(failure instanceof ChannelFailure && !failure.retryable, inspect(failure))
    assert.ok(!(failure instanceof AddressRefused))
    assert.match(failure.message, /554 5\.7\.1 .*Relay access denied/)
  })

  it('a mail larger than it takes: refused, and nothing is said of the address', async () => {
    const text = '告'.repeat(MAX_MAIL_BYTES)
    const failure = await send(delivery('d5', { message: { subject: 's', text, html: '' } }))
    assert.ok(failure instanceof ChannelFailure && !failure.retryable, inspect(failure))
    assert.ok(!(failure instanceof AddressRefused))
    assert.match(failure.message, /552 5\.3\.4 .*message file too big/)
  })

  it('a certificate nobody vouches for: nothing is sent', async () => {
    const failure = await send(delivery('d6'), { ca_file: undefined })
    assert.ok(failure instanceof ChannelFailure && failure.reason === 'misconfigured')
    assert.match(failure.message, /self-signed certificate.*mail\.ca_file/)
  })
})

type ChangeOfAddress = (known: StoredContact) => NonNullable<StoredContact['address']>

const asItIs = (mail: Channel): Channel => mail
const isDelivery = ({ key }: { key: string }) => key === 'x-tars-alarm-delivery'

/** What goes over SMTP ends its lines with CR LF, and the last one, too. */
function lines(text = ''): string {
  return text.replaceAll('\r\n', '\n').trimEnd()
}
