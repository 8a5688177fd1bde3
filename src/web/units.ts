/** Amounts for people. Pure. */

const BYTES = ['B', 'KB', 'MB', 'GB', 'TB']

/** `62 MB`, `1.5 GB`: decimal units, two digits at least. */
export function bytesText(bytes: number, language: string): string {
  const steps = bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3 + 1e-9)
  const at = Math.min(steps, BYTES.length - 1)
  const value = bytes / 1000 ** at
  return `${numberText(value, language, value < 10 ? 1 : 0)} ${BYTES[at]}`
}

/** Of a whole: `1.2%`. */
export function percentText(share: number, language: string): string {
  const format = { style: 'percent', maximumFractionDigits: 1 } as const
  return new Intl.NumberFormat(language, format).format(share)
}

/** Of what nobody knows the unit: `14,500`, `0.258`, `0.000123`. */
export function plainNumberText(value: number, language: string): string {
  const digits =
    Math.abs(value) < 1 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 3 }
  return new Intl.NumberFormat(language, digits).format(value)
}

/** `14,500`. */
export function numberText(value: number, language: string, maxFractionDigits = 0): string {
  const format = { maximumFractionDigits: maxFractionDigits }
  return new Intl.NumberFormat(language, format).format(value)
}
