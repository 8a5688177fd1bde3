import { ElMessage, ElMessageBox } from './element.ts'
import { errorText } from './error-text.ts'
import { i18n } from './viewer.ts'

/** Whether the viewer says `yes` to something that cannot be undone. */
export function isConfirmed(title: string, text: string, yes: string): Promise<boolean> {
  const texts = { confirmButtonText: yes, cancelButtonText: i18n.global.t('actions.cancel') }
  const style = { customClass: 'ask', confirmButtonClass: 'el-button--danger' }
  return ElMessageBox.confirm(text, title, { ...texts, ...style, type: 'warning' }).then(
    () => true,
    () => false,
  )
}

export interface RemovalTexts {
  readonly title: string
  readonly text: string
  /** On the button; "remove" unless given. */
  readonly yes?: string
  readonly done: string
}

/** Asks, removes, and says that it is done, or why not. */
export async function askRemoval(
  { title, text, yes = i18n.global.t('actions.remove'), done }: RemovalTexts,
  remove: () => Promise<unknown>,
): Promise<void> {
  if (!(await isConfirmed(title, text, yes))) return
  await remove().then(
    () => ElMessage.success(done),
    (failed: unknown) => ElMessage.error(errorText(failed)),
  )
}
