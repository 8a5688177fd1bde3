import { type InjectionKey, inject, provide, type Ref, ref, shallowRef } from 'vue'
import { errorText, fieldTexts } from './error-text.ts'

export interface Submission {
  readonly busy: Ref<boolean>
  /** What is wrong with each field, by its name. */
  readonly faults: Ref<Readonly<Record<string, string>>>
  /** What is wrong with the whole; '' when a field says it. */
  readonly fault: Ref<string>
  /** Runs `task` unless one runs; whether it went well. */
  submit(task: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

type FaultsOfForm = Pick<Submission, 'busy' | 'faults'>
const OF_FORM: InjectionKey<FaultsOfForm> = Symbol('faults of a form')

/** Of the form around a part: that of the nearest component above it with a submission. */
export function useFaultsOfForm(): FaultsOfForm {
  return inject(OF_FORM, () => ({ busy: ref(false), faults: shallowRef({}) }), true)
}

/** A form's way to the cloud: the cloud alone knows what is valid, the form shows what it says. */
export function useSubmission(): Submission {
  const busy = ref(false)
  const faults = shallowRef<Readonly<Record<string, string>>>({})
  const fault = ref('')

  function clear(): void {
    faults.value = {}
    fault.value = ''
  }

  async function submit(task: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false
    clear()
    busy.value = true
    try {
      await task()
      return true
    } catch (error) {
      faults.value = fieldTexts(error)
      if (Object.keys(faults.value).length === 0) fault.value = errorText(error)
      return false
    } finally {
      busy.value = false
    }
  }

  provide(OF_FORM, { busy, faults })
  return { busy, faults, fault, submit, clear }
}
