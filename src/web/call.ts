/** One request to the cloud's API. */
import { ref } from 'vue'

/** `reason` is the API's, or `unreachable`. */
export class CloudError extends Error {
  readonly reason: string
  readonly fields: readonly { readonly field: string; readonly expected: string }[]
  readonly retryAfterS: number

  constructor(reason: string, message: string, detail: Partial<CloudError> = {}) {
    super(message)
    this.reason = reason
    this.fields = detail.fields ?? []
    this.retryAfterS = detail.retryAfterS ?? 0
  }
}

/** The cloud's time as of its newest answer: ages are counted by it, not by this machine's clock. */
export const cloudNowMs = ref(Date.now())

/** The name of who is logged in. */
export const userName = ref<string>()

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * Without an answer until then the cloud cannot be reached. What is saved or tried out may take its time: a backtest a
 * minute.
 */
const LIMIT_MS: Readonly<Record<Method, number>> = {
  GET: 30_000,
  POST: 120_000,
  PUT: 120_000,
  DELETE: 120_000,
}

/** What every answer may hold. */
interface Reply {
  readonly serverTimeMs?: number
  readonly error?: {
    readonly reason?: string
    readonly message?: string
    readonly fields?: CloudError['fields']
  }
}

/** @throws {CloudError} */
export async function call<Answer>(
  method: Method,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<Answer> {
  const { response, answer } = await asked(method, path, body, signal)
  if (typeof answer.serverTimeMs === 'number') cloudNowMs.value = answer.serverTimeMs
  if (response.ok) return answer as Answer
  const { reason = 'internal', message = '', fields = [] } = answer.error ?? {}
  if (reason === 'no-session') userName.value = undefined
  const retryAfterS = Number(response.headers.get('retry-after') ?? 0)
  throw new CloudError(reason, message, { fields, retryAfterS })
}

async function asked(method: Method, path: string, body: unknown, signal?: AbortSignal) {
  const headers: Record<string, string> = { 'X-Requested-With': 'tars-alarm' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const given = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const late = new AbortController()
  const timer = setTimeout(
    () => late.abort(`no answer in ${LIMIT_MS[method]} ms`),
    LIMIT_MS[method],
  )
  const either = signal ? AbortSignal.any([signal, late.signal]) : late.signal
  try {
    const response = await fetch(`api/v1${path}`, { ...given, signal: either })
    return { response, answer: (await response.json()) as Reply }
  } catch (error) {
    return unreachable(error)
  } finally {
    clearTimeout(timer)
  }
}

function unreachable(cause: unknown): never {
  throw new CloudError('unreachable', String(cause))
}

/** The path of what an environment has. */
export const place = (...parts: string[]) =>
  `/environments/${parts.map(encodeURIComponent).join('/')}`
