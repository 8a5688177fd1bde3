/** The launcher as a process: arguments, logs, signals. `tars_nodejs/node-agent/bin/node-agent` calls it. */
import { resolve } from 'node:path'
import { systemClock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import { createLog } from '../support/log.ts'
import { RotatingFile } from '../support/rotating-file.ts'
import { readTarsConfig } from '../tars/config.ts'
import { findEntryPoint } from './entry-point.ts'
import { parseLaunchArguments } from './launch-arguments.ts'
import { type LaunchPlan, launchPlanOf } from './launch-plan.ts'
import { Launcher } from './launcher.ts'

/**
 * Runs a server as tarsnode wants it run. Signals end it.
 * @throws {Failure} why it cannot be started.
 */
export async function launch(args: readonly string[]): Promise<void> {
  const { folder, configFile } = parseLaunchArguments(args)
  const plan = launchPlanOf(await readTarsConfig(configFile))
  const entry = findEntryPoint(folder)
  // The names are node-agent's: TarsWeb's users look for them.
  const output = logFile(plan, '.log')
  const launcher = new Launcher({
    plan,
    entry,
    tarsConfigFile: resolve(configFile),
    onOutput: output && ((text) => output.write(text)),
    onEnd: (code) => process.exit(code),
    clock: systemClock,
    log: createLog('launcher', 'info', logFile(plan, '_agent.log')),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void launcher.stop(signal))
  }
  await launcher.start()
}

function logFile({ logPrefix, logLimits }: LaunchPlan, suffix: string): RotatingFile | undefined {
  return logPrefix === undefined ? undefined : new RotatingFile(`${logPrefix}${suffix}`, logLimits)
}

/** What the program named by tarsnode does: {@link launch}, and one line for what is wrong. */
export async function runLauncher(): Promise<void> {
  try {
    await launch(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`node-agent: ${messageOf(error)}\n`)
    process.exit(1)
  }
}
