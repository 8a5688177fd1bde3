/** The list of rules, as its page shows it. Pure. */
import type { Rule } from './rules.ts'

/** `key`: of its row; names do not tell rules of files apart, as several may have one. */
export type ListedRule = Rule & { readonly key: string }

/** Those with all of these words in their names or texts; own rules first. */
export function listedRules(all: readonly Rule[], search: string): readonly ListedRule[] {
  const words = search.toLowerCase().split(/\s+/)
  const keyed = all.map((rule, at) => ({ ...rule, key: rule.own?.id ?? String(at) }))
  const found = keyed.filter(({ name, title, titleEn, when = '', whenEn = '' }) => {
    const text = [name, title, titleEn, when, whenEn].join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const isOwn = ({ own }: Rule) => own !== undefined
  return [...found.filter(isOwn), ...found.filter((rule) => !isOwn(rule))]
}
