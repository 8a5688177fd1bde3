/** Keys of statistics as the columns of a batch. */
import type { StatKey } from '../../../../src/model/stat.ts'
import { KEY_NUMBERS, KEY_TEXTS, StatKeys } from '../../../../src/wire/stat-columns.ts'

/** The columns of these keys; every text is there `copies` times, and the keys take one after the other. */
export function columnsOf(keys: readonly StatKey[], copies = 1): StatKeys {
  const different = [...new Set(keys.flatMap((key) => KEY_TEXTS.map((name) => key[name])))]
  const dictionary = Array.from({ length: copies }, () => different).flat()
  const places = new Map(different.map((text, at) => [text, at]))
  const place = (text: string, row: number) =>
    (row % copies) * different.length + (places.get(text) ?? 0)
  const numberOf = (key: StatKey, name: (typeof KEY_NUMBERS)[number]) =>
    name === 'side' ? Number(key.side === 'server') : key[name]
  const columns = <Name extends string>(
    names: readonly Name[],
    of: (key: StatKey, name: Name, row: number) => number,
  ) =>
    Object.fromEntries(
      names.map((name) => [name, Float64Array.from(keys, (key, row) => of(key, name, row))]),
    ) as Record<Name, Float64Array>
  return new StatKeys({
    length: keys.length,
    dictionary,
    texts: columns(KEY_TEXTS, (key, name, row) => place(key[name], row)),
    numbers: columns(KEY_NUMBERS, numberOf),
  })
}
