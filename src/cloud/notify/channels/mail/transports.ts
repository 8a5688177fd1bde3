/** The ways to one mail server: the usual one, and the one it turned out to want. */
import { PassThrough } from 'node:stream'
import { format } from 'node:util'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { ChannelFailure } from '../channel.ts'
import type { MailConfig } from './config.ts'
import { connectionOf, type Mode, modeOf, passwordOf, portOf } from './connection.ts'
import { mayBeOtherMode, smtpFailure } from './smtp-failure.ts'
import { spokenAt } from './spoken.ts'

export interface MailOptions {
  /** How long a server may take to greet. */
  readonly greetingMs?: number
  /** Is told what is said on the way, a line each, without what is secret. */
  readonly hear?: (line: string) => void
}

type Mail = SendMailOptions & { readonly messageId: string }
type Transport = ReturnType<typeof createTransport>

export class Transports {
  readonly #config: MailConfig
  readonly #options: MailOptions
  readonly #server: string
  readonly #password: string | undefined
  readonly #scrub: (text: string) => string
  readonly #open = new Map<Mode, Transport>()
  /** Written whole, and not answered yet. */
  readonly #handedOver = new Set<string>()
  #mode: Mode
  #asking: Promise<Mode | undefined> | undefined

  /** @throws {ChannelFailure} a file named in the settings cannot be read. */
  constructor(config: MailConfig, options: MailOptions) {
    this.#config = config
    this.#options = options
    this.#server = `${config.host}:${portOf(config)}`
    this.#password = passwordOf(config)
    this.#scrub = scrubber(config.user, this.#password)
    this.#mode = modeOf(config)
    this.#transport(this.#mode)
  }

  /** Resolves with the server's answer. @throws {ChannelFailure} */
  async send(mail: Mail): Promise<string> {
    const mode = this.#mode
    try {
      return await this.#sendBy(mode, mail)
    } catch (error) {
      const other = mayBeOtherMode(error) ? await this.#otherThan(mode) : undefined
      if (!other) throw this.#failure(error, mail)
      const wrong = wrongMode(this.#server, other)
      this.#options.hear?.(`# ${wrong.message}`)
      if (this.#config.tls !== 'auto') throw wrong
      this.#mode = other
      return await this.#sendBy(other, mail).catch((again: unknown) => {
        throw this.#failure(again, mail)
      })
    } finally {
      this.#handedOver.delete(mail.messageId)
    }
  }

  close(): void {
    for (const transport of this.#open.values()) transport.close()
  }

  async #sendBy(mode: Mode, mail: Mail): Promise<string> {
    const { response } = await this.#transport(mode).sendMail(mail)
    return this.#scrub(response)
  }

  #failure(error: unknown, { messageId }: Mail): ChannelFailure {
    return smtpFailure(error, this.#server, this.#handedOver.has(messageId), this.#scrub)
  }

  /** How the server is to be spoken to, where it is another way. Asked once for all that fail together. */
  async #otherThan(mode: Mode): Promise<Mode | undefined> {
    if (this.#config.tls === 'none') return undefined
    if (this.#mode !== mode) return this.#mode
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    const found = await this.#asking
    return found === mode ? undefined : found
  }

  async #ask(): Promise<Mode | undefined> {
    const spoken = await spokenAt(this.#config.host, portOf(this.#config))
    return spoken && (spoken === 'tls' ? 'implicit' : 'starttls')
  }

  #transport(mode: Mode): Transport {
    const known = this.#open.get(mode)
    if (known) return known
    const { user } = this.#config
    const { greetingMs, hear } = this.#options
    const transport = createTransport({
      ...connectionOf(this.#config, mode, greetingMs),
      ...(user && { auth: { user, pass: this.#password ?? '' } }),
      ...(hear && { transactionLog: true, logger: listener((line) => hear(this.#scrub(line))) }),
    })
    transport.use('stream', (mail, done) => {
      const id = String(mail.data.messageId)
      const flush = (end: () => void) => {
        this.#handedOver.add(id)
        end()
      }
      mail.message.transform(() => new PassThrough({ flush }))
      done()
    })
    this.#open.set(mode, transport)
    return transport
  }
}

function wrongMode(server: string, mode: Mode): ChannelFailure {
  const text =
    mode === 'implicit'
      ? 'this port speaks TLS at once: mail.tls is auto or implicit for it; STARTTLS is usually at port 587'
      : 'this port greets before TLS: mail.tls is auto or starttls for it; TLS at once is usually at port 465'
  return new ChannelFailure('misconfigured', `SMTP ${server}: ${text}`)
}

const LOG_IN = /^(AUTH \S+ ).+$/
const SIGNS: Readonly<Record<string, string>> = { client: '>', server: '<' }

/** A logger of nodemailer that passes on commands and answers; it gives commands without their secrets. */
function listener(hear: (line: string) => void) {
  const tell = ({ tnx = '' }: { tnx?: string }, text = '', ...values: unknown[]) => {
    const sign = SIGNS[tnx]
    if (sign)
      for (const line of text.split(/\r?\n/)) hear(`${sign} ${line.replace(LOG_IN, '$1[cut]')}`)
    else if (tnx === 'smtp' || tnx === 'network') hear(`# ${format(text, ...values)}`)
  }
  return { trace: () => {}, debug: tell, info: tell, warn: tell, error: tell, fatal: tell }
}

/** Cuts the password out of a text, also in the forms in which it goes over the wire. */
function scrubber(user = '', password = ''): (text: string) => string {
  if (password === '') return (text) => text
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const secrets = [password, base64(password), base64(`\0${user}\0${password}`)]
  return (text) => secrets.reduce((rest, secret) => rest.replaceAll(secret, '[cut]'), text)
}
