/**
 * What is asked of `MonitorQuery`, and how its answers read: column names go into its SQL as they are,
 * and the values it groups by come back as one text, joined by commas that nothing escapes. So a text
 * that may hold commas goes last, and two of them only where one can be told by its shape.
 */
import type { PropertyRow } from '../../model/property.ts'
import type { StatRow } from '../../model/stat.ts'
import { type Names, splitGroup, splitTexts } from './query-group.ts'
import { mergePropertyRows, propertyRowsOf } from './stored-property.ts'
import { mergeStatRows, statRowOf } from './stored-stat.ts'

export type QueryKind = 'stat' | 'property'

export interface QueryTable<Row> {
  readonly kind: QueryKind
  readonly object: string
  /** Database, and the beginning of the names of its tables. */
  readonly dataid: string
  /** Columns that are summed. */
  readonly indexs: readonly string[]
  /**
   * `f_tflag` comes first: K8SFramework groups by it anyway, and lets groups without it overwrite each
   * other; TARSFramework leaves out the comma after an empty first value.
   */
  readonly groupby: readonly string[]
  /** Undefined: cannot be read. */
  parse(
    group: string,
    sums: readonly number[],
    names: Names,
    spanMs: number,
  ): readonly Row[] | undefined
  merge(rows: Iterable<Row>): Row[]
}

/** `f_tflag`, the names without commas, then `interface_name` (of HTTP a path) and `interv_count`. */
const STAT_NAMES = [
  'f_tflag',
  // With it each group is one row: what tarsstat at this address has counted.
  'source_id',
  'master_name',
  'slave_name',
  'tars_version',
  'master_ip',
  'slave_ip',
  'slave_port',
  'return_value',
  'maxrsp_time',
]

export const statTable: QueryTable<StatRow> = {
  kind: 'stat',
  object: 'tars.tarsquerystat.QueryObj',
  dataid: 'tars_stat',
  indexs: ['succ_count', 'timeout_count', 'exce_count', 'total_time'],
  groupby: [...STAT_NAMES, 'interface_name', 'interv_count'],
  parse: parseStat,
  merge: mergeStatRows,
}

const INTERVAL = /\d+\|\d+,/y

function parseStat(group: string, sums: readonly number[], names: Names, spanMs: number) {
  const split = splitGroup(group, STAT_NAMES.length, names)
  const texts = split && splitTexts(split.rest, INTERVAL)
  if (!texts || sums.length < 4) return undefined
  const [, , masterName = '', slaveName = '', tarsVersion = '', masterIp = '', slaveIp = ''] =
    split.values
  const [slavePort = 0, returnValue = 0, maxTimeMs = 0] = split.values.slice(7).map(Number)
  const [succCount = 0, timeoutCount = 0, exceCount = 0, totalTimeMs = 0] = sums
  const interfaceName = names.of(texts[0])
  const intervCount = texts[1]
  const known = { masterName, slaveName, interfaceName, tarsVersion, masterIp, slaveIp }
  const counts = { succCount, timeoutCount, exceCount, intervCount, totalTimeMs, maxTimeMs }
  const row = statRowOf({ ...known, slavePort, returnValue, ...counts }, spanMs)
  if (row) return [row]
  return succCount + timeoutCount + exceCount === 0 ? [] : undefined
}

/** `f_tflag`, the names without commas, then `property_name` (the application's own) and `value`. */
const PROPERTY_NAMES = [
  'f_tflag',
  'master_name',
  'master_ip',
  'set_name',
  'set_area',
  'set_id',
  'policy',
]

export const propertyTable: QueryTable<PropertyRow> = {
  kind: 'property',
  object: 'tars.tarsqueryproperty.QueryObj',
  dataid: 'tars_property',
  indexs: ['value'],
  // The sum of texts is that of their first numbers: the text of a distribution is had by grouping.
  groupby: [...PROPERTY_NAMES, 'property_name', 'value'],
  parse: parseProperty,
  merge: mergePropertyRows,
}

function parseProperty(group: string, sums: readonly number[], names: Names, spanMs: number) {
  const split = splitGroup(group, PROPERTY_NAMES.length, names)
  const [sum] = sums
  if (!split || sum === undefined) return undefined
  const [, masterName = '', masterIp = '', setName = '', setArea = '', setId = '', policy = ''] =
    split.values
  const texts = splitTexts(split.rest, policy === 'Distr' ? RANGE : NOTHING)
  if (!texts) return undefined
  const propertyName = names.of(texts[0])
  const text = texts[1]
  // K8SFramework keeps no distributions, but a 0 in their place.
  if (policy === 'Distr' && !text.includes('|')) return []
  const alike = alikeOf(text, sum)
  // Grouped by, a number comes with six digits from K8SFramework; its sum has them all.
  const value = isNumber(text) ? String(sum / alike) : text
  const known = { masterName, masterIp, propertyName, setName, setArea, setId }
  const rows = propertyRowsOf({ ...known, policy, value }, spanMs)
  return rows && Array.from({ length: alike }, () => rows).flat()
}

const RANGE = /(?:-?[\d.]+|max)\|\d+,/y
const NOTHING = /(?!)/y

const MAX_ALIKE = 100

/** How many rows were grouped because they are all alike: those of several instances of tarsproperty. */
function alikeOf(text: string, sum: number): number {
  const alike = Math.round(sum / Number.parseFloat(text))
  return alike >= 1 && alike <= MAX_ALIKE ? alike : 1
}

function isNumber(text: string): boolean {
  return text !== '' && Number.isFinite(Number(text))
}
