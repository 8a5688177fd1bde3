import type { LogLevel } from '../support/log.ts'

/** TARS has INFO behind DEBUG and TARS behind both; what is meant is what the word says. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  NONE: 'silent',
  TARS: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  SILENT: 'silent',
}

/** Of the word that comes with `tars.setloglevel`; undefined when it is none. */
export function logLevelOf(word: string): LogLevel | undefined {
  return LEVELS[word.trim().toUpperCase()]
}
