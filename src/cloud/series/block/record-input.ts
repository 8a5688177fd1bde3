import type { Labels } from '../../../model/labels.ts'
import type { UnixMs } from '../../../model/time.ts'
import type { FlatRows } from './flat-rows.ts'
import type { Merge, RecordRows } from './record-rows.ts'

export type InputRows = RecordRows | FlatRows

/** A record to be written. */
export interface RecordInput {
  /** All of it that identifies it; no other record of the family has it. */
  readonly key: string
  /** Without empty values. */
  readonly labels: Labels
  /** Of each column. */
  readonly merges: readonly Merge[]
  /**
   * Rows with `startMs ≤ time ≤ endMs`, all columns; asked in order of time. They must not change while a block
   * is written.
   */
  read(startMs: UnixMs, endMs: UnixMs): InputRows | undefined
  /** Awaited before each `read`, when reading needs something that takes time; undefined when it is at hand. */
  readonly prepare?: (startMs: UnixMs, endMs: UnixMs) => Promise<void> | undefined
}

export interface FamilyInput {
  readonly name: string
  /** Columns of each record. */
  readonly width: number
  readonly records: readonly RecordInput[]
  /** Called when nobody needs the rows any more that were read so far: their memory may be used again. */
  readonly written?: () => void
}
