import type { UnixMs } from './time.ts'

/** `alarm` and `error` are trouble; the rest is news. */
export type EventLevel = 'alarm' | 'error' | 'warn' | 'normal'

export type EventKind =
  | 'restart'
  | 'stop'
  | 'down'
  | 'zombie'
  | 'exit'
  | 'config'
  | 'command'
  | 'business'

/** One notify of a TARS server, node or framework, normalised. */
export interface NotifyEvent {
  /** When the agent took it in. */
  readonly at: UnixMs
  /** `App.Server`. */
  readonly module: string
  readonly level: EventLevel
  readonly kind: EventKind
  /** Node name or address; '' when unknown. */
  readonly node: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  /** The text with digits, pids and addresses masked, at most 120 bytes: same title, same matter. */
  readonly title: string
  /** The text as reported, at most 4,096 bytes. */
  readonly text: string
  /**
   * Of an event read back from the framework's database its row id there, from 1: the cloud takes each
   * once. Absent when it was heard.
   */
  readonly row?: number
}
