/** The page behind the link that confirms a mail address: without a log-in, and without script. */
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import { z } from 'zod'
import { escaped } from '../notify/channels/mail/html.ts'
import type { Contact, Language } from '../notify/ports.ts'
import { CONFIRM_PATH, type ConfirmState, type Verification } from '../notify/verification.ts'
import type { ApiContext } from './api-context.ts'

const WORDS = {
  zh: {
    title: '确认告警邮箱',
    waiting: (email: string, environment: string) =>
      `确认后，环境「${environment}」的告警会发送到 ${email}。`,
    button: '确认接收告警',
    confirmed: (email: string) => `${email} 已确认，告警会发送到这里。可以关闭此页面。`,
    void: '链接已失效：它已过期、不完整，或联系人的邮箱已更改。请在控制台的联系人页面点击「重新发送」。',
  },
  en: {
    title: 'Confirm a mail address',
    waiting: (email: string, environment: string) =>
      `Once you confirm, alarms of the environment “${environment}” are sent to ${email}.`,
    button: 'Confirm: send alarms here',
    confirmed: (email: string) =>
      `${email} is confirmed: alarms are sent there. You may close this page.`,
    void: 'This link does not work: it has expired, is not whole, or the contact has another address by now. On the page of contacts in the console press “Send again”.',
  },
} as const

const STYLE = `body{margin:0;background:#f3f5f7;color:#1d2733;font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei",sans-serif}
main{max-width:520px;margin:12vh auto 0;padding:24px;background:#fff;border:1px solid #dfe3e8;border-top:4px solid #0f6b7c;overflow-wrap:anywhere}
h1{margin:0 0 12px;font-size:20px}
button{padding:10px 20px;border:0;border-radius:6px;background:#0f6b7c;color:#fff;font:inherit;cursor:pointer}
@media (max-width:600px){main{margin:0;border-width:4px 0 0}}`

const text = z.string().max(200)
const linkParams = z.object({ environment: text, contact: text })
/** Of a link that was cut or mangled nothing is asked: its page says so. */
const linkQuery = z.object({
  until: z.coerce.number().int().catch(0),
  signature: text.catch(''),
})

interface Shown {
  readonly state: ConfirmState
  readonly contact?: Contact
}

/** GET shows and asks, only POST confirms: scanners of mails follow links. */
export function confirmRoutes(
  { environments }: ApiContext,
  verification: Verification,
): FastifyPluginAsync {
  return async (app) => {
    const at = `${CONFIRM_PATH}/:environment/:contact`
    const schema = { hide: true }
    // What the form sends: nothing.
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      (_request, _body, done) => done(null, undefined),
    )
    const linkOf = (request: { readonly params: unknown; readonly query: unknown }) => ({
      ...linkParams.parse(request.params),
      ...linkQuery.parse(request.query),
    })

    async function show(reply: FastifyReply, shown: Shown) {
      const environment = await environments.environment(shown.contact?.environment ?? '')
      reply.code(shown.state === 'void' ? 404 : 200).type('text/html; charset=utf-8')
      return reply.header('cache-control', 'no-store').send(pageOf(shown, environment?.name ?? ''))
    }

    app.get(at, { schema }, async (request, reply) =>
      show(reply, await verification.look(linkOf(request))),
    )
    app.post(at, { schema }, async (request, reply) =>
      show(reply, await verification.confirm(linkOf(request))),
    )
    app.get(`${CONFIRM_PATH}/page.css`, { schema }, async (_request, reply) =>
      reply.type('text/css; charset=utf-8').send(STYLE),
    )
  }
}

/** In the contact's language; of a void link in both. */
function pageOf(shown: Shown, environment: string): string {
  const languages: readonly Language[] = shown.contact ? [shown.contact.language] : ['zh', 'en']
  const [first = 'zh'] = languages
  const parts = languages.map((language) => partOf(shown, environment, language))
  return `<!doctype html>
<html lang="${first === 'zh' ? 'zh-CN' : 'en'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${WORDS[first].title}</title><link rel="stylesheet" href="../page.css"></head>
<body><main>
${parts.join('\n')}
</main></body></html>
`
}

function partOf({ state, contact }: Shown, environment: string, language: Language): string {
  const words = WORDS[language]
  const email = contact?.email ?? ''
  const title = `<h1>${words.title}</h1>`
  if (state === 'void') return `${title}\n<p>${escaped(words.void)}</p>`
  if (state === 'confirmed') return `${title}\n<p>${escaped(words.confirmed(email))}</p>`
  const asked = escaped(words.waiting(email, environment))
  return `${title}\n<p>${asked}</p>\n<form method="post"><button>${words.button}</button></form>`
}
