/** What is wrong with a field of a rule, for the parts of its form. */
import { type InjectionKey, inject } from 'vue'

export type FaultOf = (field: string) => string | undefined

export const FAULT_OF: InjectionKey<FaultOf> = Symbol('faults of a rule')

/** Nothing is wrong outside of a form. */
export function useFaults(): FaultOf {
  return inject(FAULT_OF, () => undefined)
}
