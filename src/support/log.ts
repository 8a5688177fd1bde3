import { type Logger, type LoggerOptions, pino } from 'pino'

export type Log = Logger

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Takes whole lines, at once. */
export interface LogFile {
  write(line: string): void
}

/**
 * JSON lines on stderr (under a TARS node stdout may be dropped), and in a file when there is one.
 * Fields that could hold a secret are cut, whoever logs them. Whoever sets `level` of what is
 * returned changes it for all that log by it, at once.
 */
export function createLog(name: string, level: LogLevel = 'info', file?: LogFile): Log {
  const stderr = pino.destination({ fd: 2, sync: true })
  // Of the streams each takes all: the level is the log's.
  const all = (stream: LogFile) => ({ level: 'trace', stream }) as const
  return pino(optionsOf(name, level), file ? pino.multistream([all(stderr), all(file)]) : stderr)
}

/** In the file only: of what stderr is told in words. */
export function createFileLog(name: string, file: LogFile): Log {
  return pino(optionsOf(name, 'info'), file)
}

function optionsOf(name: string, level: LogLevel): LoggerOptions {
  return {
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
  }
}

export const silentLog: Log = pino({ level: 'silent' })
