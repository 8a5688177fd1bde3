import { parseDurationMs } from '../../support/duration.ts'
import type { Field, YamlFile } from '../../support/yaml-file.ts'

/** Prometheus keeps durations as 64 bit nanoseconds. */
const MAX_MS = Number(2n ** 63n / 1_000_000n)

/** The duration of a field, 0 when it is absent or has nothing. */
export function durationMs(yaml: YamlFile, field: Field | undefined, within: string): number {
  if (!field || yaml.isNothing(field)) return 0
  const text = yaml.text(field, within)
  if (text === undefined) return 0
  const ms = parseDurationMs(text)
  if (ms !== undefined && ms <= MAX_MS) return ms
  const message = `"${text}" is not a valid duration, such as 30s or 1h30m`
  yaml.fault(yaml.offsetOf(field.value), within, message)
  return 0
}
