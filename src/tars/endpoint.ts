import { Failure } from '../support/failure.ts'

/** `tcp -h 10.0.0.1 -p 18801 -t 60000`, as TARS writes addresses. */
export interface Endpoint {
  readonly transport: 'tcp' | 'udp'
  readonly host: string
  /** 0: any free port (only to listen). */
  readonly port: number
  /** Of a server: a connection idle that long is closed. */
  readonly timeoutMs: number
}

/** What TARS writes into a server's endpoints. */
const DEFAULT_TIMEOUT_MS = 60_000
const MAX_TIMEOUT_MS = 2 ** 31 - 1

export class EndpointError extends Failure<'malformed'> {
  constructor(text: string, what: string) {
    super(
      'malformed',
      `endpoint '${text}': ${what}, expected e.g. 'tcp -h 10.0.0.1 -p 18801 -t 60000'`,
    )
  }
}

/**
 * Parses one endpoint; options it does not know (`-q`, `-w`, `-g` …) are passed over.
 * By hand, as `Endpoint.parse` of @tars/utils takes ports and times that are no numbers.
 * @throws {EndpointError}
 */
export function parseEndpoint(text: string): Endpoint {
  const [protocol = '', ...words] = text.trim().split(/\s+/)
  const transport = protocol.toLowerCase()
  if (transport !== 'tcp' && transport !== 'udp') {
    throw new EndpointError(text, `'${protocol}' is neither tcp nor udp`)
  }
  const options = new Map<string, string>()
  for (const [i, word] of words.entries()) {
    if (/^-[a-z]$/i.test(word)) options.set(word, words[i + 1] ?? '')
  }
  const host = options.get('-h') ?? ''
  if (host === '' || host.startsWith('-')) throw new EndpointError(text, 'no host (-h)')
  return {
    transport,
    host,
    port: integer(text, 'port (-p)', options.get('-p'), 65_535),
    timeoutMs: integer(
      text,
      'timeout (-t)',
      options.get('-t') ?? `${DEFAULT_TIMEOUT_MS}`,
      MAX_TIMEOUT_MS,
    ),
  }
}

export function formatEndpoint({ transport, host, port, timeoutMs }: Endpoint): string {
  return `${transport} -h ${host} -p ${port} -t ${timeoutMs}`
}

function integer(text: string, name: string, value: string | undefined, max: number): number {
  if (value !== undefined && /^\d+$/.test(value) && Number(value) <= max) return Number(value)
  throw new EndpointError(text, `${name} is '${value ?? ''}', not 0 to ${max}`)
}
