/** Files in the config format of TARS. */
import { readFile } from 'node:fs/promises'
import { Failure, messageOf } from '../support/failure.ts'
import { parseTarsConfig, type TarsConfig } from '../tars/config.ts'

/** Every fault is one line that begins with file and line. */
export class AgentConfigError extends Failure<'unreadable' | 'invalid'> {}

/** @throws {AgentConfigError} */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new AgentConfigError('unreadable', `${file}: ${messageOf(error)}`, { cause: error })
  }
}

/** `file` is for messages. @throws {AgentConfigError} */
export function parseText(text: string, file: string): TarsConfig {
  try {
    return parseTarsConfig(text, file)
  } catch (error) {
    throw new AgentConfigError('invalid', messageOf(error), { cause: error })
  }
}
