import { parseArgs } from 'node:util'
import { messageOf } from '../support/failure.ts'
import { LauncherError } from './launcher-error.ts'

export interface LaunchArguments {
  /** Where the server's package.json is, or a folder above it. */
  readonly folder: string
  /** The TARS config. */
  readonly configFile: string
}

/**
 * What tarsnode passes: `<folder> -c <conf>`.
 * @throws {LauncherError} usage
 */
export function parseLaunchArguments(args: readonly string[]): LaunchArguments {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', short: 'c' } },
      allowPositionals: true,
    })
    const [folder] = positionals
    if (folder === undefined || positionals.length > 1) throw new Error('expected one folder')
    if (values.config === undefined) throw new Error('no config')
    return { folder, configFile: values.config }
  } catch (error) {
    const usage = 'usage: node-agent FOLDER -c TARS_CONFIG'
    throw new LauncherError('usage', `${messageOf(error)}; ${usage}`, { cause: error })
  }
}
