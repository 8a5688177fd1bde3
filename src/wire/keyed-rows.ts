/** The rows of all windows, and each distinct key once: what is sorted before it becomes columns. */
export class KeyedRows<Row extends { readonly key: object }> {
  /** Each key object once, in the order they were met; some may be equal. */
  readonly met: Row['key'][] = []
  /** Window after window, the rows of each sorted by key; there after `sort`. */
  readonly rows: Row[] = []
  /** For each of `rows` its key: an index into the sorted columns. */
  readonly indexes: number[] = []
  readonly #windows: readonly (readonly Row[])[]
  readonly #places = new Map<Row['key'], number>()

  constructor(windows: readonly (readonly Row[])[]) {
    this.#windows = windows
    for (const rows of windows) {
      for (const { key } of rows) {
        if (!this.#places.has(key)) this.#places.set(key, this.met.push(key) - 1)
      }
    }
  }

  /**
   * Once, with the columns of `met`: sorts keys by the first column, then the next …, so that neighbours
   * are alike, and rows by key. Returns the columns sorted, of equal keys one.
   */
  sort(columns: readonly Float64Array[]): Float64Array[] {
    const order = ascending(this.met.length, (a, b) => compare(columns, a, b))
    const kept = order.filter((at, place) => {
      const before = order[place - 1]
      return before === undefined || compare(columns, before, at) !== 0
    })
    this.#placeRows(indexesOf(order, kept))
    return columns.map((column) => new Float64Array(kept.map((at) => column[at] as number)))
  }

  #placeRows(indexOf: Uint32Array): void {
    for (const rows of this.#windows) {
      const indexes = rows.map(({ key }) => indexOf[this.#places.get(key) ?? 0] as number)
      const order = ascending(
        rows.length,
        (a, b) => (indexes[a] as number) - (indexes[b] as number),
      )
      for (const at of order) {
        this.rows.push(rows[at] as Row)
        this.indexes.push(indexes[at] as number)
      }
    }
  }
}

/** 0, 1 … `length - 1` in the order of `compare`. */
function ascending(length: number, compare: (a: number, b: number) => number): number[] {
  return Array.from({ length }, (_, at) => at).sort(compare)
}

function compare(columns: readonly Float64Array[], a: number, b: number): number {
  for (let at = 0; at < columns.length; at++) {
    const column = columns[at] as Float64Array
    const difference = (column[a] as number) - (column[b] as number)
    if (difference !== 0) return difference
  }
  return 0
}

/** For each of `order` which of `kept` it is or equals. */
function indexesOf(order: readonly number[], kept: readonly number[]): Uint32Array {
  const indexes = new Uint32Array(order.length)
  let index = -1
  for (const at of order) {
    if (at === kept[index + 1]) index++
    indexes[at] = index
  }
  return indexes
}
