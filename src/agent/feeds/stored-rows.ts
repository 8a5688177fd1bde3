/** Stored statistics and properties, as MySQL or Elasticsearch gives them → the rows of a span. */
import type { PolledSpan } from '../../model/polled.ts'
import type { PropertyRow } from '../../model/property.ts'
import type { StatRow } from '../../model/stat.ts'
import { mergePropertyRows, propertyRowsOf } from './stored-property.ts'
import { mergeStatRows, statRowOf } from './stored-stat.ts'

/** By the names of the columns; Elasticsearch has the same. */
export type StoredRow = Readonly<Record<string, unknown>>

/** Takes the rows of one bucket, then gives what they come to. */
export interface Turning {
  add(row: StoredRow): void
  end(): Pick<PolledSpan, 'stats' | 'properties'>
}

export interface RowsKind {
  readonly kind: 'stat' | 'property'
  begin(spanMs: number): Turning
}

export const STAT_ROWS: RowsKind = {
  kind: 'stat',
  begin(spanMs) {
    const rows: StatRow[] = []
    return {
      add(row) {
        const stat = statOf(row, spanMs)
        if (stat) rows.push(stat)
      },
      end: () => ({ stats: mergeStatRows(rows), properties: [] }),
    }
  },
}

export const PROPERTY_ROWS: RowsKind = {
  kind: 'property',
  begin(spanMs) {
    const rows: PropertyRow[] = []
    return {
      add(row) {
        rows.push(...(propertiesOf(row, spanMs) ?? []))
      },
      end: () => ({ stats: [], properties: mergePropertyRows(rows) }),
    }
  },
}

/** What an old table lacks is empty. */
function statOf(row: StoredRow, spanMs: number): StatRow | undefined {
  const stored = {
    masterName: text(row.master_name),
    slaveName: text(row.slave_name),
    interfaceName: text(row.interface_name),
    tarsVersion: text(row.tars_version),
    masterIp: text(row.master_ip),
    slaveIp: text(row.slave_ip),
    slavePort: Number(row.slave_port ?? 0),
    returnValue: Number(row.return_value ?? 0),
    succCount: Number(row.succ_count ?? 0),
    timeoutCount: Number(row.timeout_count ?? 0),
    exceCount: Number(row.exce_count ?? 0),
    intervCount: text(row.interv_count),
    totalTimeMs: Number(row.total_time ?? 0),
    maxTimeMs: Number(row.maxrsp_time ?? 0),
  }
  return statRowOf(stored, spanMs)
}

function propertiesOf(row: StoredRow, spanMs: number): readonly PropertyRow[] | undefined {
  const stored = {
    masterName: text(row.master_name),
    masterIp: text(row.master_ip),
    propertyName: text(row.property_name),
    setName: text(row.set_name),
    setArea: text(row.set_area),
    setId: text(row.set_id),
    policy: text(row.policy),
    value: text(row.value),
  }
  return propertyRowsOf(stored, spanMs)
}

function text(value: unknown): string {
  return value === null || value === undefined ? '' : String(value)
}
