/** When the cloud takes nothing for long, nobody would hear of anything: the agent says so itself, by mail. */
import type { UnixMs } from '../model/time.ts'
import { backoffMs } from '../support/backoff.ts'
import type { Cancel, Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { AgentConfig } from './config.ts'
import { type OwnMailState, ownMailText } from './own-mail-text.ts'
import type { MailServer } from './own-mail-url.ts'

export interface Mail {
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

export interface OwnMailOptions {
  /** How the cloud is doing. */
  readonly state: () => OwnMailState
  readonly clock: Clock
  readonly log: Log
  /** Sends, or rejects with words for people. By default over SMTP. */
  readonly send?: (server: MailServer, mail: Mail) => Promise<void>
}

export type OwnMailConfig = Pick<AgentConfig, 'ownMail' | 'ownMailTo' | 'ownMailAfterMs'>

const LOOK_EVERY_MS = 10_000
const RETRY = { baseMs: 60_000, maxMs: 1_800_000 }
/** Of one try, in real time. */
const TIMEOUT_MS = 30_000

/** One mail when the trouble has lasted, one when it is over; a mail that does not go out is tried again. */
export class OwnMail {
  readonly #options: OwnMailOptions
  #config: OwnMailConfig
  #toldAt: UnixMs | undefined
  #failures = 0
  #notBefore: UnixMs = 0
  #sending: Promise<void> = Promise.resolve()
  #isSending = false
  #cancel: Cancel = () => {}

  constructor(config: OwnMailConfig, options: OwnMailOptions) {
    this.#config = config
    this.#options = options
  }

  /** From now on as `config` says. */
  adopt(config: OwnMailConfig): void {
    this.#config = config
    this.#failures = 0
    this.#notBefore = 0
  }

  start(): void {
    const { clock } = this.#options
    this.#cancel = clock.after(LOOK_EVERY_MS, () => {
      this.#look(clock.now())
      this.start()
    })
  }

  /** Ends after the mail under way. */
  stop(): Promise<void> {
    this.#cancel()
    return this.#sending
  }

  #look(now: UnixMs): void {
    const { ownMail, ownMailTo, ownMailAfterMs } = this.#config
    if (!ownMail || ownMailTo.length === 0 || this.#isSending || now < this.#notBefore) return
    const state = this.#options.state()
    const isLong = state.trouble !== undefined && now - state.wellAt >= ownMailAfterMs
    const isNews = this.#toldAt === undefined ? isLong : state.trouble === undefined
    if (!isNews) return
    const text = ownMailText(state, now)
    this.#isSending = true
    this.#sending = this.#tell(ownMail, { to: ownMailTo, ...text }, now).finally(() => {
      this.#isSending = false
    })
  }

  async #tell(server: MailServer, mail: Mail, now: UnixMs): Promise<void> {
    const { log, send = sendMail } = this.#options
    try {
      await send(server, mail)
      this.#toldAt = this.#toldAt === undefined ? now : undefined
      this.#failures = 0
      log.info({ to: mail.to, subject: mail.subject }, 'own mail: sent')
    } catch (error) {
      this.#notBefore = now + backoffMs(++this.#failures, RETRY)
      log.error({ server: server.host, error: messageOf(error) }, 'own mail: not sent, tried again')
    }
  }
}

/** Only who wants it has the client in memory. */
async function sendMail(server: MailServer, { to, ...mail }: Mail): Promise<void> {
  const { createTransport } = await import('nodemailer')
  const { host, port, implicitTls, user, password, from } = server
  const transport = createTransport({
    ...{ host, port, secure: implicitTls },
    requireTLS: !implicitTls && !isLoopback(host),
    ...(user !== '' && { auth: { user, pass: password } }),
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  })
  try {
    await transport.sendMail({ from, to: [...to], ...mail })
  } catch (error) {
    // Servers repeat what they were told.
    const said = messageOf(error)
    throw new Error(password === '' ? said : said.replaceAll(password, '***'))
  } finally {
    transport.close()
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}
