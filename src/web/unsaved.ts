/** What somebody typed is not thrown away by a click beside its dialog. */
import { isConfirmed } from './removal.ts'
import { i18n } from './viewer.ts'

export interface Unsaved {
  /** What is typed now can be lost. */
  begin(): void
  /** For `before-close` of a dialog: asks when something was typed since. */
  leave(close: () => void): Promise<void>
}

export function useUnsaved(typed: () => unknown): Unsaved {
  const textOf = () => JSON.stringify(typed())
  let before = textOf()
  return {
    begin() {
      before = textOf()
    },
    async leave(close) {
      const { t } = i18n.global
      const ask = () =>
        isConfirmed(t('rules.leave.title'), t('rules.leave.text'), t('rules.leave.yes'))
      if (textOf() === before || (await ask())) close()
    },
  }
}
