import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { renderMail } from '../../../../../src/cloud/notify/channels/mail/render.ts'
import type { Message } from '../../../../../src/cloud/notify/ports.ts'
import { FAILING, SLOW } from '../../../picture/support/pictures.ts'
import { AT, alert, change, contact, delivery, notice } from '../../support/nouns.ts'
import { startSmtp } from '../../support/smtp-peer.ts'

const fired = change('fired', AT, alert('a1'))
const smith = contact('smith', { language: 'en', timeZone: 'UTC' })

/** What the reader sees where the picture is. */
function image({ html }: Message) {
  const [, cid, alt] = /<img src="cid:([^"]+)" width="520" alt="([^"]*)"/.exec(html) ?? []
  return { cid, alt }
}

describe('the picture in a mail', () => {
  it('stands below the table, and in words for who does not see it', () => {
    const message = renderMail(notice(fired, { picture: FAILING }), {})
    const words =
      '失败（次/分钟）：告警时 320，此前一小时 3 至 15；参照日 2026-11-19 同一时刻 4；通常 0 至 18。'
    assert.equal(image(message).alt, words)
    assert.ok(message.text.includes(words))
    assert.ok(message.html.indexOf('<img') > message.html.indexOf('</table>'))
    assert.match(message.picture ?? '', /告警 17:32/)
  })

  it('is in the language and the time of the reader', () => {
    const { picture } = renderMail(notice(fired, { picture: SLOW, contact: smith }), {})
    assert.match(picture ?? '', /fired 09:32/)
  })

  it('is there too when it is over', () => {
    const over = change('resolved', AT + 60_000, alert('a1'))
    const message = renderMail(notice(over, { picture: FAILING }), {})
    assert.ok(image(message).cid)
  })

  it('without one the mail is as ever', () => {
    const message = renderMail(notice(fired), {})
    assert.equal(message.picture, undefined)
    assert.doesNotMatch(message.html, /<img/)
  })

  it('goes with the mail as PNG, the same bytes at a repeat', async () => {
    const peer = await startSmtp()
    const channel = peer.open()
    try {
      const message = renderMail(notice(fired, { picture: FAILING }), {})
      const never = new AbortController().signal
      await channel.send(delivery('d1', { message }), never)
      await channel.send(delivery('d1', { message }), never)
      const found = peer.mails.map(({ html, attachments }) => {
        assert.match(html ?? '', new RegExp(`src="cid:${image(message).cid}"`))
        assert.equal(attachments.length, 1)
        const [one] = attachments
        assert.deepEqual([one?.mimeType, one?.disposition], ['image/png', 'inline'])
        assert.equal(one?.contentId, `<${image(message).cid}>`)
        return Buffer.from(one?.content as ArrayBuffer)
      })
      assert.deepEqual(found[0], found[1])
      assert.equal(found[0]?.toString('latin1', 1, 4), 'PNG')
    } finally {
      channel.close()
      await peer.close()
    }
  })

  it('that cannot be drawn holds back no mail', async () => {
    const peer = await startSmtp()
    const channel = peer.open()
    try {
      const message = { ...renderMail(notice(fired, { picture: FAILING }), {}), picture: '<svg' }
      await channel.send(delivery('d1', { message }), new AbortController().signal)
      assert.equal(peer.mails[0]?.attachments.length, 0)
    } finally {
      channel.close()
      await peer.close()
    }
  })
})
