/** `receivers` of an `alertmanager.yml`: whom they stand for here. */
import type { Node } from 'yaml'
import type { Field, Fields, YamlFile } from '../../../support/yaml-file.ts'
import {
  EMAIL_FIELDS,
  type LeftReason,
  OTHER_CONFIGS,
  WEBHOOK_FIELDS,
} from './alertmanager-fields.ts'
import { boundedItems } from './bounded-items.ts'
import { type Directory, idNamed, targetsNamed } from './directory.ts'
import type { Additions, Leave } from './import-report.ts'
import { receiverName } from './parse-route-tree.ts'

/** Names of whom a receiver stands for. */
export interface Imported {
  readonly contacts: readonly string[]
  readonly channels: readonly string[]
}

const MAIL = /^[^\s@{}]+@[^\s@{}]+$/
const MAX_RECEIVERS = 500
/** Of one receiver and kind. */
const MAX_CONFIGS = 50
const KINDS = ['email_configs', 'webhook_configs']

export class ReceiverImport {
  readonly #yaml: YamlFile
  readonly #directory: Directory
  readonly #leave: Leave
  /** Mail addresses by their lower case. */
  readonly #contacts = new Map<string, string>()
  /** URLs by name. */
  readonly #webhooks = new Map<string, string>()

  constructor(yaml: YamlFile, directory: Directory, leave: Leave) {
    this.#yaml = yaml
    this.#directory = directory
    this.#leave = leave
  }

  get additions(): Additions {
    return {
      contacts: [...this.#contacts.values()].map((email) => ({ name: email, email })),
      webhooks: [...this.#webhooks].map(([name, url]) => ({ name, url })),
    }
  }

  read(field: Field | undefined): Map<string, Imported> {
    const found = new Map<string, Imported>()
    const nodes = boundedItems(this.#yaml, field?.value, 'receivers', MAX_RECEIVERS)
    for (const node of nodes) {
      const fields = this.#yaml.fields(node, 'receiver')
      const known = ['name', 'labels', ...KINDS, ...Object.keys(OTHER_CONFIGS)]
      this.#yaml.onlyKnown(fields, known, 'receiver')
      const name = receiverName(this.#yaml, node, fields, found)
      found.set(name, this.#receiver(name, fields))
    }
    return found
  }

  #receiver(name: string, fields: Fields): Imported {
    const labels = fields.get('labels')
    const what = `receiver "${name}"`
    if (labels) this.#leave(labels.keyOffset, `${what}, labels`, 'no-labels')
    for (const [kind, reason] of Object.entries(OTHER_CONFIGS)) {
      const field = fields.get(kind)
      if (field) this.#leave(field.keyOffset, `${what}, ${kind}`, reason)
    }
    if (targetsNamed(this.#directory, name)) {
      for (const kind of KINDS) {
        const field = fields.get(kind)
        if (field) this.#leave(field.keyOffset, `${what}, ${kind}`, 'name-is-there')
      }
      return { contacts: [], channels: [] }
    }
    const each = (kind: string) =>
      boundedItems(this.#yaml, fields.get(kind)?.value, `${what}, ${kind}`, MAX_CONFIGS)
    return {
      contacts: each('email_configs').flatMap((node) => this.#mails(node, what)),
      channels: each('webhook_configs').flatMap((node) => this.#webhook(node, what, name)),
    }
  }

  #mails(node: Node | undefined, receiver: string): string[] {
    const what = `${receiver}, email_configs`
    const fields = this.#fields(node, what, 'to', EMAIL_FIELDS)
    const to = fields.get('to')
    const text = this.#yaml.text(to, what) ?? ''
    if (text === '') this.#yaml.fault(this.#yaml.offsetOf(node), what, 'expected to')
    return text.split(',').flatMap((part) => {
      const email = /<([^>]*)>/.exec(part)?.[1] ?? part.trim()
      if (MAIL.test(email)) return this.#contact(email)
      if (text !== '') this.#leave(to?.keyOffset ?? 0, `${what}.to`, 'no-address')
      return []
    })
  }

  #contact(email: string): string {
    const key = email.toLowerCase()
    const known = this.#directory.contacts.find((one) => one.email.toLowerCase() === key)
    if (known) return known.email
    if (!this.#contacts.has(key)) this.#contacts.set(key, email)
    return this.#contacts.get(key) ?? email
  }

  #webhook(node: Node | undefined, receiver: string, name: string): string[] {
    const what = `${receiver}, webhook_configs`
    const fields = this.#fields(node, what, 'url', WEBHOOK_FIELDS)
    const field = fields.get('url')
    const url = this.#yaml.text(field, what) ?? ''
    if (url === '') {
      if (!fields.has('url_file')) this.#yaml.fault(this.#yaml.offsetOf(node), what, 'expected url')
      return []
    }
    if (!URL.canParse(url) || url.includes('{{')) {
      this.#leave(field?.keyOffset ?? 0, `${what}.url`, 'no-url')
      return []
    }
    const isSecond = this.#webhooks.has(`${name}-webhook`)
    const channel = isSecond ? this.#freeName(`${name}-webhook`) : `${name}-webhook`
    if (idNamed(this.#directory.receivers, channel) !== undefined) {
      this.#leave(field?.keyOffset ?? 0, `${what}.url`, 'channel-is-there')
    } else this.#webhooks.set(channel, url)
    return [channel]
  }

  #freeName(name: string): string {
    let n = 2
    while (this.#webhooks.has(`${name}-${n}`)) n++
    return `${name}-${n}`
  }

  #fields(
    node: Node | undefined,
    what: string,
    taken: string,
    left: Readonly<Record<string, LeftReason>>,
  ): Fields {
    const fields = this.#yaml.fields(node, what)
    this.#yaml.onlyKnown(fields, [taken, ...Object.keys(left)], what)
    for (const [name, { keyOffset }] of fields) {
      const reason = left[name]
      if (reason !== undefined) this.#leave(keyOffset, `${what}.${name}`, reason)
    }
    return fields
  }
}
