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
  const headers: Record<string, string> = { 'X-Requested-With': 'tars-alarm' }
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  const request = {
    ...{ method, headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  }
  const response = await fetch(`api/v1${path}`, request).catch(unreachable)
  const answer = (await response.json().catch(unreachable)) as Reply
  if (typeof answer.serverTimeMs === 'number') cloudNowMs.value = answer.serverTimeMs
  if (response.ok) return answer as Answer
  const { reason = 'internal', message = '', fields = [] } = answer.error ?? {}
  if (reason === 'no-session') userName.value = undefined
  const retryAfterS = Number(response.headers.get('retry-after') ?? 0)
  throw new CloudError(reason, message, { fields, retryAfterS })
}

function unreachable(cause: unknown): never {
  throw new CloudError('unreachable', String(cause))
}

/** The path of what an environment has. */
export const place = (...parts: string[]) =>
  `/environments/${parts.map(encodeURIComponent).join('/')}`
