/**
 * Properties of one open window, one entry a key, within a budget of keys.
 * Several reports of one key in one window are combined as its policy says; of `Avg` each report
 * counts the same, as in tarsproperty. Past the budget the address is folded into `*`.
 */
import type { PropertyKey, PropertyRow } from '../../model/property.ts'
import type { TableCounts } from './stat-table.ts'

interface Entry {
  readonly key: PropertyKey
  value: number
  reports: number
}

export class PropertyTable {
  readonly #maxKeys: number
  readonly #counts: TableCounts
  readonly #entries = new Map<string, Entry>()

  constructor(maxKeys: number, counts: TableCounts) {
    this.#maxKeys = maxKeys
    this.#counts = counts
  }

  add(row: PropertyRow): void {
    if (this.#put(row)) return
    // Half as many again for folded keys, so that they find room when the table is full.
    const folded = { key: { ...row.key, ip: '*' }, value: row.value }
    if (this.#put(folded, this.#maxKeys * 1.5)) this.#counts.folded++
    else this.#counts.dropped++
  }

  rows(): PropertyRow[] {
    return Array.from(this.#entries.values(), ({ key, value, reports }) => ({
      key,
      value: key.policy === 'Avg' ? value / reports : value,
    }))
  }

  #put({ key, value }: PropertyRow, maxKeys = this.#maxKeys): boolean {
    const id = `${key.module}\n${key.property}\n${key.policy}\n${key.ip}\n${key.set}\n${key.le}\n${key.spanMs}`
    const entry = this.#entries.get(id)
    if (!entry) {
      if (this.#entries.size >= maxKeys) return false
      this.#entries.set(id, { key, value, reports: 1 })
      return true
    }
    entry.value = combine(key.policy, entry.value, value)
    entry.reports++
    return true
  }
}

function combine(policy: string, a: number, b: number): number {
  if (policy === 'Max') return Math.max(a, b)
  if (policy === 'Min') return Math.min(a, b)
  return a + b
}
