import { CloudError } from './call.ts'
import { i18n } from './viewer.ts'

/** What went wrong, in the viewer's language. */
export function errorText(error: unknown): string {
  const { t, te } = i18n.global
  if (!(error instanceof CloudError)) return t('errors.internal')
  const minutes = Math.ceil(error.retryAfterS / 60)
  const key = `errors.${error.reason}`
  return te(key, 'zh') ? t(key, { minutes }) : t('errors.internal')
}

/** The same of what a page shows, and asks for again by itself. */
export function pageErrorText(error: unknown): string {
  const isAway = error instanceof CloudError && error.reason === 'unreachable'
  return isAway ? i18n.global.t('errors.unreachablePage') : errorText(error)
}

/** What was expected of each field the cloud refused, by its name; empty for other errors. */
export function fieldTexts(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof CloudError)) return {}
  const { t, te } = i18n.global
  return Object.fromEntries(
    error.fields.map(({ field, expected }) => {
      const key = `${error.reason === 'taken' ? 'taken' : 'expected'}.${field}`
      return [field, te(key, 'zh') ? t(key) : expected]
    }),
  )
}
