import { expectation } from './rule-expectation.ts'
import { i18n } from './viewer.ts'

/** What the cloud expects of a field, in the viewer's language where its words are known. */
export function expectedText(said: string): string {
  const known = expectation(said)
  return known ? i18n.global.t(known.key, known.numbers) : said
}
