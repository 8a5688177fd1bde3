import { type Logger, pino } from 'pino'

export type Log = Logger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Takes whole lines, at once. */
export interface LogFile {
  write(line: string): void
}

/**
 * JSON lines on stderr (under a TARS node stdout may be dropped), and in a file when there is one.
 * Fields that could hold a secret are cut, whoever logs them.
 */
export function createLog(name: string, level: LogLevel = 'info', file?: LogFile): Log {
  const stderr = pino.destination({ fd: 2, sync: true })
  // Of the streams each takes all: the level is the log's.
  const all = (stream: LogFile) => ({ level: 'trace', stream }) as const
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: [
          'env_key',
          'envKey',
          'password',
          'authorization',
          '*.env_key',
          '*.envKey',
          '*.password',
        ],
        censor: '[cut]',
      },
    },
    file ? pino.multistream([all(stderr), all(file)]) : stderr,
  )
}

export const silentLog: Log = pino({ level: 'silent' })
