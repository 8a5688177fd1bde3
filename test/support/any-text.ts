import fc from 'fast-check'

const SURROGATES = { from: 0xd800, count: 0x800 }

/** Any letter of Unicode. fast-check's own `unit: 'binary'` lists all 1.1 million first: half a second a process. */
const anyLetter = fc
  .nat(0x10ffff - SURROGATES.count)
  .map((n) => String.fromCodePoint(n < SURROGATES.from ? n : n + SURROGATES.count))

/** Well-formed text of any letters, at most `maxLength` of them. */
export function anyText(maxLength?: number): fc.Arbitrary<string> {
  return fc.string({ unit: anyLetter, ...(maxLength !== undefined && { maxLength }) })
}
