/** The demo as a user of the console: the same API that the pages use. */

export interface Alarm {
  readonly id: string
  readonly rule: string
  readonly labels: Readonly<Record<string, string>>
  readonly firedAtMs?: number
}

export interface Delivery {
  readonly id: string
  readonly subject: string
  readonly to: string
  readonly state: 'waiting' | 'sending' | 'sent' | 'failed'
  /** When the batch behind it arrived at the cloud, of the cloud's clock. */
  readonly receivedAtMs: number
  readonly sentAtMs?: number
}

export interface EnvironmentCard {
  readonly id: string
  readonly envKey: string
  readonly agents: readonly { readonly windowEndMs?: number }[]
}

/** A session of one user. Every call throws an Error with the cloud's own message when it is refused. */
export class Console {
  readonly #url: string
  #cookie = ''

  constructor(url: string) {
    this.#url = url
  }

  async login(name: string, password: string): Promise<void> {
    const response = await this.#send('POST', '/login', { name, password })
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
  }

  createEnvironment(name: string): Promise<EnvironmentCard> {
    return this.#get('POST', '/environments', { name, framework: 'TARSFramework' }, 'environment')
  }

  environment(id: string): Promise<EnvironmentCard> {
    return this.#get('GET', `/environments/${id}`, undefined, 'environment')
  }

  async addContact(environment: string, contact: Readonly<Record<string, string>>): Promise<void> {
    await this.#send('POST', `/environments/${environment}/contacts`, contact)
  }

  /** One that may read and write; returns the token itself. */
  createToken(environment: string, name: string): Promise<string> {
    const token = { name, scopes: ['read', 'write'] }
    return this.#get('POST', `/environments/${environment}/tokens`, token, 'secret')
  }

  alarms(environment: string): Promise<Alarm[]> {
    return this.#get('GET', `/environments/${environment}/alarms?limit=200`, undefined, 'alarms')
  }

  /** All messages that told of one alarm. */
  deliveries(environment: string, alarm: string): Promise<Delivery[]> {
    return this.#get('GET', `/environments/${environment}/alarms/${alarm}`, undefined, 'deliveries')
  }

  /** By when an alarm is told whose cause is still looked for; undefined when it does not wait. */
  waitsUntil(environment: string, alarm: string): Promise<number | undefined> {
    const path = `/environments/${environment}/alarms/${alarm}`
    return this.#get('GET', path, undefined, 'waitsUntilMs')
  }

  async #get<T>(method: string, path: string, body: unknown, field: string): Promise<T> {
    const answer = (await (await this.#send(method, path, body)).json()) as Record<string, T>
    return answer[field] as T
  }

  async #send(method: string, path: string, body: unknown): Promise<Response> {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        'X-Requested-With': 'tars-alarm',
        Cookie: this.#cookie,
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!response.ok)
      throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
    return response
  }
}
