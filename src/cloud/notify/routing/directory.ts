/** Names that a tree of routes may use for whom it tells. Pure. */
import type { Targets } from './route-tree.ts'

/** Who there is in an environment. */
export interface Directory {
  readonly contacts: readonly {
    readonly id: string
    readonly name: string
    readonly email: string
  }[]
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  /** None where rotas are not known. */
  readonly rotas?: readonly { readonly id: string; readonly name: string }[]
  /** Robots, webhooks and phones. */
  readonly receivers: readonly { readonly id: string; readonly name: string }[]
}

/** The contact of this name or mail address. */
export function contactNamed({ contacts }: Directory, name: string): string | undefined {
  const same = ({ email }: { readonly email: string }) => email.toLowerCase() === name.toLowerCase()
  return contacts.find((one) => one.name === name || (name !== '' && same(one)))?.id
}

export function idNamed(list: Directory['groups' | 'receivers'], name: string): string | undefined {
  return list.find((one) => one.name === name)?.id
}

/** The group, receiver, rota or contact of this name, in this order. */
export function targetsNamed(directory: Directory, name: string): Targets | undefined {
  const group = idNamed(directory.groups, name)
  if (group !== undefined) return { contacts: [], groups: [group], receivers: [] }
  const receiver = idNamed(directory.receivers, name)
  if (receiver !== undefined) return { contacts: [], groups: [], receivers: [receiver] }
  const rota = idNamed(directory.rotas ?? [], name)
  if (rota !== undefined) return { contacts: [], groups: [], receivers: [], rotas: [rota] }
  const contact = contactNamed(directory, name)
  return contact === undefined ? undefined : { contacts: [contact], groups: [], receivers: [] }
}
