/** The stores the API needs, in memory: a double whose data a test sets directly. */

import type { Alert, Story } from '../../../src/cloud/alerts/alert.ts'
import type {
  Agent,
  AlertReads,
  ApiToken,
  ContactStore,
  EnvironmentStore,
  EnvironmentWithKey,
  NewEnvironment,
  NewToken,
  Reporter,
  ReporterReads,
  RetentionDays,
  SeriesUsage,
  TokenStore,
  UsageReads,
  User,
  UserStore,
} from '../../../src/cloud/api/ports.ts'
import type { AddressState, Delivery, StoredContact } from '../../../src/cloud/notify/ports.ts'
import { isDrill } from '../../../src/model/drill.ts'

const YEAR_MS = 365 * 24 * 3_600_000

export class MemoryStore
  implements
    EnvironmentStore,
    ContactStore,
    AlertReads,
    UserStore,
    ReporterReads,
    TokenStore,
    UsageReads
{
  readonly environmentRows: EnvironmentWithKey[] = []
  readonly agentRows: Agent[] = []
  readonly reporterRows: (Reporter & { readonly environment: string })[] = []
  /** By alert. */
  readonly stories = new Map<string, Story>()
  readonly usageOf = new Map<string, SeriesUsage>()
  readonly contactRows: StoredContact[] = []
  readonly tokenRows: ApiToken[] = []
  readonly alertRows: Alert[] = []
  readonly deliveryRows: Delivery[] = []
  readonly userRows: User[] = []
  readonly sessionRows = new Map<string, { user: string; expiresAt: number }>()
  #keys = 0

  async createEnvironment({ name, framework }: NewEnvironment, now: number) {
    const number = String(this.environmentRows.length + 1).padStart(10, '0')
    const environment = {
      id: `al-${number}`,
      name,
      framework,
      envKey: this.#newKey(),
      createdAt: now,
      expiresAt: now + YEAR_MS,
      retention: { rawDays: null, hourlyDays: null },
    }
    this.environmentRows.push(environment)
    return environment
  }

  async environments() {
    return [...this.environmentRows]
  }

  async environment(id: string) {
    return this.environmentRows.find((row) => row.id === id)
  }

  async rotateKey(id: string) {
    return this.#change(id, { envKey: this.#newKey() })
  }

  async setRetention(id: string, retention: RetentionDays) {
    return this.#change(id, { retention })
  }

  async removeEnvironment(id: string) {
    return removeFrom(this.environmentRows, (row) => row.id === id)
  }

  async agents(environment: string) {
    return this.agentRows.filter((row) => row.environment === environment)
  }

  async reporters(environment: string, limit: number) {
    return this.reporterRows.filter((row) => row.environment === environment).slice(0, limit)
  }

  async stats(environment: string) {
    return this.usageOf.get(environment)
  }

  async contacts(environment: string) {
    return this.contactRows.filter((row) => row.environment === environment)
  }

  async contact(environment: string, id: string) {
    return this.contactRows.find((row) => row.environment === environment && row.id === id)
  }

  async saveContact(contact: StoredContact) {
    const at = this.contactRows.findIndex((row) => row.id === contact.id)
    const known = this.contactRows[at]
    const kept = known?.email === contact.email && known.address && { address: known.address }
    if (at < 0) this.contactRows.push(contact)
    else this.contactRows[at] = { ...contact, ...kept }
  }

  async changeAddress(
    environment: string,
    id: string,
    change: (known: StoredContact) => AddressState,
  ) {
    const known = await this.contact(environment, id)
    if (!known) return undefined
    const changed = { ...known, address: change(known) }
    this.contactRows[this.contactRows.indexOf(known)] = changed
    return changed
  }

  async removeContact(environment: string, id: string) {
    return removeFrom(this.contactRows, (row) => row.environment === environment && row.id === id)
  }

  async tokens(environment: string) {
    return this.tokenRows.filter((row) => row.environment === environment)
  }

  async createToken(environment: string, { name, scopes }: NewToken, now: number) {
    const id = `token-${this.tokenRows.length}`
    const token = { id, environment, name, scopes, createdAt: now }
    this.tokenRows.push(token)
    return { ...token, secret: `at_${token.id}`.padEnd(43, 'x') }
  }

  async removeToken(environment: string, id: string) {
    return removeFrom(this.tokenRows, (row) => row.environment === environment && row.id === id)
  }

  async alerts(asked: Parameters<AlertReads['alerts']>[0]) {
    const { environment, states, drills, level, words = [], before, limit } = asked
    return this.alertRows
      .filter((row) => row.environment === environment)
      .filter((row) => !states || states.includes(row.state))
      .filter((row) => !drills || isDrill(row.labels) === (drills === 'only'))
      .filter((row) => !level || row.severity === level)
      .filter((row) => words.every((word) => hasWord(row, word)))
      .filter((row) => before === undefined || row.activeAt < before)
      .sort((a, b) => b.activeAt - a.activeAt)
      .slice(0, limit)
  }

  async waitsUntil(): Promise<undefined> {
    return undefined
  }

  async story(_: string, alert: string) {
    return this.stories.get(alert)
  }

  async alert(environment: string, id: string) {
    return this.alertRows.find((row) => row.environment === environment && row.id === id)
  }

  async deliveries({ environment, alert, limit }: Parameters<AlertReads['deliveries']>[0]) {
    return this.deliveryRows
      .filter((row) => row.environment === environment)
      .filter((row) => alert === undefined || row.alerts.includes(alert))
      .sort((a, b) => b.plannedAt - a.plannedAt)
      .slice(0, limit)
  }

  async userByName(name: string) {
    return this.userRows.find((row) => row.name === name)
  }

  async userById(id: string) {
    return this.userRows.find((row) => row.id === id)
  }

  async userCount() {
    return this.userRows.length
  }

  async saveUser(user: User) {
    this.userRows.push(user)
  }

  async saveSession({ tokenHash, user, expiresAt }: Parameters<UserStore['saveSession']>[0]) {
    this.sessionRows.set(tokenHash, { user, expiresAt })
  }

  async userOfSession(tokenHash: string, now: number) {
    const session = this.sessionRows.get(tokenHash)
    return session && session.expiresAt > now ? this.userById(session.user) : undefined
  }

  async removeSession(tokenHash: string) {
    this.sessionRows.delete(tokenHash)
  }

  #change(id: string, fields: Partial<EnvironmentWithKey>) {
    const at = this.environmentRows.findIndex((row) => row.id === id)
    const old = this.environmentRows[at]
    if (!old) return undefined
    const changed = { ...old, ...fields }
    this.environmentRows[at] = changed
    return changed
  }

  #newKey(): string {
    this.#keys += 1
    return `key-${this.#keys}`.padEnd(40, 'x')
  }
}

function removeFrom<T>(rows: T[], matches: (row: T) => boolean): boolean {
  const at = rows.findIndex(matches)
  if (at >= 0) rows.splice(at, 1)
  return at >= 0
}

function hasWord({ rule, labels, annotations }: Alert, word: string): boolean {
  const { title = '', title_en: titleEn = '' } = annotations
  const texts = [rule, title, titleEn, ...Object.values(labels)]
  return texts.some((text) => text.toLowerCase().includes(word.toLowerCase()))
}
