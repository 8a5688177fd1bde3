/** What an import says. */
import type { LeftReason } from './alertmanager-fields.ts'

/** Not taken over. Lines and columns count from 1. */
export interface Left {
  readonly line: number
  readonly column: number
  /** `global.smtp_from`. */
  readonly what: string
  readonly reason: LeftReason
}

/** What must be added to the environment for the tree to tell the same people. */
export interface Additions {
  readonly contacts: readonly { readonly name: string; readonly email: string }[]
  /** Channels; `url` is a secret. */
  readonly webhooks: readonly { readonly name: string; readonly url: string }[]
}

/** `offset` in the text. */
export type Leave = (offset: number, what: string, reason: LeftReason) => void
