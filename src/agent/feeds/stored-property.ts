/** Properties as the framework keeps them (a row of `tars_property`) → the rows that live reports make. */
import type { PropertyRow } from '../../model/property.ts'
import { normaliseProperty } from './normalise-property.ts'
import type { Sender } from './sender.ts'

/** One row of `tars_property`. */
export interface StoredProperty {
  readonly masterName: string
  readonly masterIp: string
  readonly propertyName: string
  readonly setName: string
  readonly setArea: string
  readonly setId: string
  /** `Max`, `Min`, `Count`, `Sum`, `Avg` or `Distr`. */
  readonly policy: string
  /** A number as text; of `Distr` `5|0,10|38,…,max|0`. */
  readonly value: string
}

const NOBODY: Sender = { nodeName: '', host: '', port: 0 }

/** None for a sentinel; of `Distr` one a range. Undefined for what cannot be read. */
export function propertyRowsOf(
  stored: StoredProperty,
  spanMs: number,
): readonly PropertyRow[] | undefined {
  const head = {
    moduleName: stored.masterName,
    ip: stored.masterIp,
    propertyName: stored.propertyName,
    setName: stored.setName,
    setArea: stored.setArea,
    setID: stored.setId,
    sContainer: '',
    iPropertyVer: 2,
  }
  const records = [{ head, vInfo: [{ policy: stored.policy, value: stored.value }] }]
  const { rows, bad } = normaliseProperty({ records }, NOBODY, () => spanMs)
  return bad > 0 ? undefined : rows
}

/** One row a key, as tarsproperty would have merged what several instances of it keep. */
export function mergePropertyRows(rows: Iterable<PropertyRow>): PropertyRow[] {
  const groups = new Map<string, PropertyRow[]>()
  for (const row of rows) {
    const { module, property, policy, ip, set, le, spanMs } = row.key
    const id = [module, property, policy, ip, set, le, spanMs].join('\0')
    const group = groups.get(id)
    if (group) group.push(row)
    else groups.set(id, [row])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return first && group.length > 1 ? [{ key: first.key, value: merged(group) }] : group
  })
}

function merged(rows: readonly PropertyRow[]): number {
  const values = rows.map(({ value }) => value)
  const sum = values.reduce((a, b) => a + b, 0)
  switch (rows[0]?.key.policy) {
    case 'Max':
      return values.reduce((a, b) => Math.max(a, b))
    case 'Min':
      return values.reduce((a, b) => Math.min(a, b))
    case 'Avg':
      return sum / values.length
    default:
      return sum
  }
}
