import { parseDurationMs } from '../../support/duration.ts'
import type { Field, YamlFile } from './yaml-file.ts'

/** The duration of a field, 0 when it is absent. */
export function durationMs(yaml: YamlFile, field: Field | undefined, within: string): number {
  const text = yaml.text(field, within)
  if (text === undefined || text === '') return 0
  const ms = parseDurationMs(text)
  if (ms !== undefined) return ms
  const message = `"${text}" is not a valid duration, such as 30s or 1h30m`
  yaml.fault(yaml.offsetOf(field?.value), within, message)
  return 0
}
