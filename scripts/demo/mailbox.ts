/** The demo's inbox: a real SMTP server, and a page that shows the mails it received. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import PostalMime, { type Attachment } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

export interface Mail {
  readonly to: string
  readonly subject: string
  /** With the pictures that it names in it. */
  readonly html: string
  readonly text: string
  /** Of the demo's clock: when the 250 was answered. */
  readonly receivedAt: number
}

export interface Mailbox {
  readonly smtpPort: number
  readonly url: string
  readonly mails: readonly Mail[]
  close(): Promise<void>
}

const MAX_MAILS = 500
const MAX_MAIL_BYTES = 2 * 1024 * 1024

/** Starts both on loopback; `webPort` 0 takes a free one. `onMail` hears of each mail after its 250. */
export async function openMailbox(options: {
  now: () => number
  webPort: number
  onMail: (mail: Mail) => void
}): Promise<Mailbox> {
  const mails: Mail[] = []
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('error', (error) => console.error(`inbox: ${error.message}`))
      stream.on('end', () => {
        // With the 250 the session forgets its envelope.
        const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(', ')
        done()
        const receivedAt = options.now()
        PostalMime.parse(Buffer.concat(chunks)).then((parsed) => {
          const { subject = '', text = '', attachments } = parsed
          const html = withPictures(parsed.html ?? '', attachments)
          const mail: Mail = { to, subject, html, text, receivedAt }
          mails.push(mail)
          if (mails.length > MAX_MAILS) mails.shift()
          options.onMail(mail)
        }, console.error)
      })
    },
  })
  const web = createServer((request, response) => {
    const number = /^\/mail\/(\d+)$/.exec(request.url ?? '')?.[1]
    const mail = number === undefined ? undefined : mails[Number(number)]
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    // What a mail holds is shown, never run.
    response.setHeader(
      'Content-Security-Policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:",
    )
    response.end(mail ? mail.html : page(mails))
  })
  await listening(smtp.server as unknown as Server, () => smtp.listen(0, '127.0.0.1'))
  await listening(web, () => web.listen(options.webPort, '127.0.0.1'))
  return {
    smtpPort: (smtp.server.address() as AddressInfo).port,
    url: `http://127.0.0.1:${(web.address() as AddressInfo).port}/`,
    mails,
    close: async () => {
      web.closeAllConnections()
      await Promise.all([
        new Promise<void>((resolve) => smtp.close(() => resolve())),
        new Promise((resolve) => web.close(resolve)),
      ])
    },
  }
}

/** A browser knows no `cid:`. */
function withPictures(html: string, attachments: readonly Attachment[]): string {
  return attachments.reduce((shown, { contentId = '', mimeType, content }) => {
    const id = contentId.replace(/^<|>$/g, '')
    if (id === '' || typeof content === 'string') return shown
    const data = Buffer.from(new Uint8Array(content)).toString('base64')
    return shown.replaceAll(`cid:${id}`, `data:${mimeType};base64,${data}`)
  }, html)
}

function listening(server: Server, listen: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
    listen()
  })
}

function page(mails: readonly Mail[]): string {
  const rows = mails
    .map((mail, index) => ({ mail, index }))
    .reverse()
    .map(
      ({ mail, index }) => `<details${index === mails.length - 1 ? ' open' : ''}>
  <summary><b>${escapeHtml(mail.subject)}</b> <span>→ ${escapeHtml(mail.to)}</span></summary>
  <iframe src="/mail/${index}" title="${escapeHtml(mail.subject)}"></iframe></details>`,
    )
  return `<!doctype html><html lang="zh"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width"><title>收件箱 · tars-alarm demo</title>
<style>body{font:15px system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2329}
details{border:1px solid #dee0e3;border-radius:8px;margin:.6rem 0;padding:.6rem .8rem}summary{cursor:pointer}
summary span{color:#646a73}iframe{border:0;width:100%;height:34rem;margin-top:.6rem}</style>
<h1>收件箱 Inbox <small>(${mails.length})</small></h1>
${rows.join('\n') || '<p>还没有邮件，稍候会自动刷新。No mail yet; this page refreshes itself.</p>'}</html>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}
