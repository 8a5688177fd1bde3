/** `smtps://user:password@host[:port]?from=address`: the mail server of the agent's own mails. */

export interface MailServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise STARTTLS, which only a server on this machine may lack. */
  readonly implicitTls: boolean
  /** '' where none is asked for. */
  readonly user: string
  readonly password: string
  readonly from: string
}

const PORTS = { 'smtps:': 465, 'smtp:': 587 } as const
const ADDRESS = /^[^\s@<>,;]+@[^\s@<>,;]+$/

/** Never repeats what it was given: a password is in it. */
export function readMailServer(text: string): MailServer {
  const url = URL.parse(text)
  const protocol = url?.protocol
  if (!url || (protocol !== 'smtps:' && protocol !== 'smtp:') || url.hostname === '') {
    throw new Error('is no address like smtps://user:password@smtp.example.com:465')
  }
  const user = decoded(url.username)
  const from = url.searchParams.get('from') ?? user
  if (!ADDRESS.test(from)) {
    throw new Error('whom it is from is missing: …@smtp.example.com?from=alarm@example.com')
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? PORTS[protocol] : Number(url.port),
    ...{ implicitTls: protocol === 'smtps:', user, password: decoded(url.password), from },
  }
}

export function readAddress(text: string): string {
  if (ADDRESS.test(text)) return text
  throw new Error(`'${text}' is no mail address`)
}

/** What is no encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
