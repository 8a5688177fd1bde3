import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export interface DemoOptions {
  /** How many times as fast as life. */
  readonly speed: number
  /** Ends after the recording; otherwise stays up until Ctrl-C. */
  readonly once: boolean
  readonly json: boolean
  readonly recording: string
  readonly isDefaultRecording: boolean
}

export const HELP = `npm run demo -- [options]

  --speed N         play N times as fast as life (default 10, at most 60)
  --recording FILE  play another recording (JSON lines: t_ms, feed, peer, packet)
  --once            end after the recording
  --json            print one JSON line at the end, nothing else on stdout
  --help`

const DEFAULT_RECORDING = fileURLToPath(
  new URL('../../test/fixtures/recording.jsonl', import.meta.url),
)

/** @throws {Error} with one line that says what is wrong. */
export function demoOptions(args: readonly string[]): DemoOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      speed: { type: 'string', default: '10' },
      recording: { type: 'string' },
      once: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const speed = Number(values.speed)
  if (!(speed >= 1 && speed <= 60)) throw new Error(`--speed ${values.speed}: expected 1 to 60`)
  const recording = values.recording ?? DEFAULT_RECORDING
  if (!existsSync(recording)) throw new Error(`--recording ${recording}: there is no such file`)
  return {
    speed,
    once: values.once,
    json: values.json,
    recording,
    isDefaultRecording: recording === DEFAULT_RECORDING,
  }
}
