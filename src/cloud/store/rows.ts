/** Rows in one statement: 100 of our widest stay below every database's limit of parameters. */
const MAX_ROWS = 100

/** Hands `rows` to `save` in order, as many at once as a statement takes. */
export async function inBatches<T>(
  rows: readonly T[],
  save: (batch: readonly T[]) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < rows.length; from += MAX_ROWS) {
    await save(rows.slice(from, from + MAX_ROWS))
  }
}
