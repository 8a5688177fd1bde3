/** Phone numbers of people. Pure. */

/** With the prefix that people write for China, in its forms. */
const CHINA = /^(?:\+|00)?86(?=\d{10})/
const MOBILE = /^1[3-9]\d{9}$/
/** Of China no mobile that has a digit too many or too few: area codes that begin with 1 are but 10. */
const E164 = /^\+(?!861[1-9])[1-9]\d{6,14}$/
/** The 0 that is dialled within China alone. */
const TRUNK = /(?<=^(?:\+|00)86)0/
/** What people write between digits. */
const BETWEEN = /[\s().\-\u2010-\u2015]/g

/**
 * `13800000000` of a mobile of mainland China, `+85291234567` (E.164) of any other number; undefined: it is none.
 * Other numbers need their country code.
 */
export function phoneOf(text: string): string | undefined {
  const digits = text.replace('(0)', '').replace(BETWEEN, '').replace(TRUNK, '')
  const mobile = digits.replace(CHINA, '')
  if (MOBILE.test(mobile)) return mobile
  const whole = digits.replace(/^00/, '+')
  return E164.test(whole) ? whole : undefined
}

/** As Aliyun wants it: of China as it is dialled there, of others country code and number. */
export function dialled(phone: string): string {
  return phone.replace(/^\+86/, '0').replace(/^\+/, '')
}
