/** `$span` and its like, for who reads the PromQL of a rule. Pure. */
import { readingsOf, VARIABLE_NAMES } from '../reading.ts'

/** Those of a text → what stands in its readings for each of them, in order: of 10 s, 1 min and 5 min. */
export function variablesIn(text: string): Record<string, string[]> {
  const names = VARIABLE_NAMES.map((name) => `$${name}`).filter((name) => hasVariable(text, name))
  return Object.fromEntries(names.map((name) => [name, readingsOf(name).map((one) => one.text)]))
}

function hasVariable(text: string, name: string): boolean {
  return new RegExp(`\\${name}\\b`).test(text)
}
