/** The page behind the links in messages: it shows, and only its form acts. */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { HANDLING_KINDS } from '../notify/acts/act.ts'
import { type ActLinks, LINK_PATH } from '../notify/acts/act-link.ts'
import type { Contact } from '../notify/ports.ts'
import { ACT_CSS, type ActPage, actPage, HOURS, type Refusal, refusalPage } from './act-page.ts'
import { actNote } from './act-schemas.ts'
import { saveAct } from './acting.ts'
import { ApiFailure } from './api-failure.ts'
import { LoginThrottle } from './login-throttle.ts'
import type { NotifyDesk } from './notify-ports.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { AlertReads, ContactStore, EnvironmentStore } from './ports.ts'
import { securityHeaders } from './security-headers.ts'

const MAX_BODY_BYTES = 8 * 1024
const HOUR_MS = 3_600_000
/** Of one link, and of one address, behind which there may be an office or the scanner of its mail. */
const LIMITS = { perName: 30, perAddress: 300, windowMs: 15 * 60_000, maxEntries: 10_000 }
const STATUS = { forged: 403, expired: 410, gone: 404, throttled: 429 } as const
const FORM = 'application/x-www-form-urlencoded'

export interface ActPagesOptions {
  readonly links: ActLinks
  readonly environments: Pick<EnvironmentStore, 'environment'>
  readonly alerts: AlertReads
  readonly contacts: Pick<ContactStore, 'contacts'>
  readonly desk: Pick<NotifyDesk, 'acts' | 'changed' | 'receivers'>
  readonly clock: Clock
}

const Query = z.object({ link: z.string().max(2_000).catch('') })
const Form = z.object({
  kind: z.enum(HANDLING_KINDS),
  note: actNote.default(''),
  hours: z.enum(HOURS).default('1'),
})

/** A fastify plugin. A link acts on its alarm, by its contact or receiver, and on nothing else. */
export function actPages(options: ActPagesOptions): FastifyPluginAsync {
  const { alerts, desk, clock } = options
  const throttle = new LoginThrottle(LIMITS)
  const inTurn = oneAtATime()

  /** What the link may see; or why nothing. */
  async function opened(link: string, request: FastifyRequest): Promise<ActPage | Refusal> {
    const now = Math.floor(clock.now())
    const claim = options.links.read(link, now)
    const name = typeof claim === 'string' ? '' : `${claim.alert} ${claim.contact}`
    if (throttle.try(name, request.ip, now) > 0) return 'throttled'
    if (typeof claim === 'string') return claim
    const environment = await options.environments.environment(claim.environment)
    const alert = await alerts.alert(claim.environment, claim.alert)
    const reader = await readerOf(options, claim.environment, claim.contact)
    if (!environment || !alert || !reader) return 'gone'
    const acts = await desk.acts.acts(alert.environment, alert.id)
    return { link, environmentName: environment.name, alert, acts, reader, now }
  }

  async function acted(page: ActPage, body: URLSearchParams): Promise<ActPage> {
    const form = Form.safeParse(Object.fromEntries(body))
    const { kind = 'acknowledge', note = '', hours = '1' } = form.data ?? {}
    if (!form.success || (kind === 'close' && note === ''))
      return { ...page, outcome: 'noteMissing' }
    const { alert, reader, now } = page
    const { environment, id } = alert
    const act = {
      ...{ environment, alert: id, kind, note, by: reader.name, contact: reader.id },
      ...(kind === 'snooze' && { until: snoozeEnd(now, hours) }),
    }
    try {
      const saved = await inTurn(() => saveAct(alerts, desk, act, now))
      return { ...page, acts: [...page.acts, saved], outcome: 'done' }
    } catch (error) {
      if (error instanceof ApiFailure) return { ...page, outcome: 'over' }
      throw error
    }
  }

  return async (app) => {
    securityHeaders(app)
    app.removeAllContentTypeParsers()
    app.addContentTypeParser(
      FORM,
      { parseAs: 'string', bodyLimit: MAX_BODY_BYTES },
      (_, body, done) => done(null, new URLSearchParams(String(body))),
    )
    app.get('/act.css', (_, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(ACT_CSS),
    )
    app.get(LINK_PATH, async (request, reply) => {
      const page = await opened(Query.parse(request.query).link, request)
      return typeof page === 'string' ? refuse(reply, page) : show(reply, page)
    })
    app.post(LINK_PATH, async (request, reply) => {
      const body = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
      const page = await opened(body.get('link') ?? '', request)
      return typeof page === 'string' ? refuse(reply, page) : show(reply, await acted(page, body))
    })
  }
}

function snoozeEnd(now: UnixMs, hours: string): UnixMs {
  return now + Number(hours) * HOUR_MS
}

/** Whose link it is; a receiver reads, too. */
async function readerOf(
  { contacts, desk }: ActPagesOptions,
  environment: string,
  id: string,
): Promise<Contact | undefined> {
  const contact = (await contacts.contacts(environment)).find((one) => one.id === id)
  if (contact) return contact
  const receiver = await desk.receivers.receiver(environment, id)
  if (!receiver) return undefined
  const { name, language, timeZone } = receiver
  return { id, environment, name, email: '', language, timeZone }
}

function show(reply: FastifyReply, page: ActPage) {
  return html(reply.code(page.outcome && page.outcome !== 'done' ? 409 : 200), actPage(page))
}

function refuse(reply: FastifyReply, refusal: Refusal) {
  return html(reply.code(STATUS[refusal]), refusalPage(refusal))
}

function html(reply: FastifyReply, text: string) {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text)
}
