import { ElMessage, ElMessageBox } from './element.ts'
import { errorText } from './error-text.ts'
import { i18n } from './viewer.ts'

/** Asks, removes, and says that it is done, or why not. */
export async function askRemoval(
  { title, text, done }: { title: string; text: string; done: string },
  remove: () => Promise<unknown>,
): Promise<void> {
  const { t } = i18n.global
  const texts = { confirmButtonText: t('actions.remove'), cancelButtonText: t('actions.cancel') }
  const style = { customClass: 'ask', confirmButtonClass: 'el-button--danger' }
  try {
    await ElMessageBox.confirm(text, title, { ...texts, ...style, type: 'warning' })
  } catch {
    return
  }
  await remove().then(
    () => ElMessage.success(done),
    (failed: unknown) => ElMessage.error(errorText(failed)),
  )
}
