import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createTransport } from 'nodemailer'
import { type Mail, openMailbox } from '../../scripts/demo/mailbox.ts'

it("the demo's inbox shows the pictures of a mail", async (t) => {
  const { promise, resolve } = Promise.withResolvers<Mail>()
  const inbox = await openMailbox({ now: () => 0, webPort: 0, onMail: resolve })
  t.after(() => inbox.close())
  const transport = createTransport({ host: '127.0.0.1', port: inbox.smtpPort, ignoreTLS: true })
  const content = Buffer.from('a picture')
  await transport.sendMail({
    ...{ from: 'a@b.invalid', to: 'c@d.invalid', subject: 's', html: '<img src="cid:p1@x">' },
    attachments: [{ cid: 'p1@x', filename: 'p.png', contentType: 'image/png', content }],
  })
  const { html } = await promise
  assert.match(html, new RegExp(`src="data:image/png;base64,${content.toString('base64')}"`))
  assert.equal(await (await fetch(`${inbox.url}mail/0`)).text(), html)
})
