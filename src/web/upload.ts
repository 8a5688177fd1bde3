/** An upload of rule files: what it changed, or what is wrong. */
import { type Ref, ref, shallowRef } from 'vue'
import { errorText } from './error-text.ts'
import {
  type FileFault,
  fileFaults,
  type NamedText,
  refusedFields,
  type UploadReport,
  uploadRuleFiles,
} from './rule-files.ts'
import { i18n } from './viewer.ts'

export interface Upload {
  readonly busy: Ref<boolean>
  readonly report: Ref<UploadReport | undefined>
  readonly faults: Ref<readonly FileFault[]>
  /** What else is wrong; '' for nothing. */
  readonly fault: Ref<string>
  /** Whether it went well. */
  send(files: readonly NamedText[]): Promise<boolean>
  clear(): void
}

export function useUpload(environment: string): Upload {
  const busy = ref(false)
  const report = shallowRef<UploadReport>()
  const faults = shallowRef<readonly FileFault[]>([])
  const fault = ref('')

  function clear() {
    report.value = undefined
    faults.value = []
    fault.value = ''
  }

  async function send(files: readonly NamedText[]): Promise<boolean> {
    if (busy.value) return false
    clear()
    busy.value = true
    try {
      report.value = await uploadRuleFiles(environment, files)
      return true
    } catch (error) {
      faults.value = fileFaults(error)
      if (faults.value.length === 0) fault.value = refusalText(error, files)
      return false
    } finally {
      busy.value = false
    }
  }

  return { busy, report, faults, fault, send, clear }
}

function refusalText(error: unknown, files: readonly NamedText[]): string {
  const { t } = i18n.global
  const refused = refusedFields(error, files).map(({ file, field }) =>
    t(field === 'name' ? 'ruleFiles.wrongName' : 'ruleFiles.wrongText', { file }),
  )
  return refused.length > 0 ? refused.join(' ') : errorText(error)
}
