import { type Logger, pino } from 'pino'

export type Log = Logger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/**
 * JSON lines on stderr: under a TARS node stdout may be dropped.
 * Fields that could hold a secret are cut, whoever logs them.
 */
export function createLog(name: string, level: LogLevel = 'info'): Log {
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
    pino.destination({ fd: 2, sync: true }),
  )
}

export const silentLog: Log = pino({ level: 'silent' })
