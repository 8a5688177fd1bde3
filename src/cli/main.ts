/** The command `tars-alarm`. Each part is loaded when it is called for: `tars decode` starts no cloud. */
import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { messageOf } from '../support/failure.ts'
import { addMailCommand } from './mail-command.ts'
import type { PromqlOptions } from './promql.ts'
import type { AskOptions } from './promql-ask.ts'
import { addRulesCommand } from './rules-command.ts'
import { addStoreCommand } from './store-command.ts'

const print = (line: string) => console.log(line)
const clockOption = new Option('--clock <plan>').hideHelp()

const program = new Command('tars-alarm')
  .description('alarms for TARS: agent and cloud')
  .version(versionOf(new URL('../../package.json', import.meta.url)))
  .showHelpAfterError()
  .enablePositionalOptions()

program
  .command('cloud')
  .description('run the cloud: ingest, rules, alarms, mail, console')
  .option('--config <file>', 'config file, see conf/cloud.yaml')
  .addOption(clockOption)
  .action(async (options: { config?: string; clock?: string }) => {
    const { runCloud } = await import('../cloud/main.ts')
    const { clockOf, reportToParent } = await import('./clock-option.ts')
    const cloud = await runCloud({ configFile: options.config, clock: clockOf(options.clock) })
    reportToParent(() => cloud.status())
  })

program
  .command('agent')
  .description('run Alarm.AgentServer; TARS_CONFIG names the TARS config')
  .option('--config <file>', 'AgentServer.conf; by default beside the TARS config')
  .addOption(clockOption)
  .action(async (options: { config?: string; clock?: string }) => {
    const { runAgent } = await import('../agent/main.ts')
    const { clockOf, reportToParent } = await import('./clock-option.ts')
    const agent = await runAgent({ configFile: options.config, clock: clockOf(options.clock) })
    reportToParent(() => agent.status())
  })

program
  .command('demo')
  .description('play a recorded fault from report to mail; --help tells more')
  .helpOption(false)
  .passThroughOptions()
  .allowUnknownOption()
  .argument('[args...]')
  .action(async (args: string[]) => {
    const { demo } = await import('../../scripts/demo/main.ts')
    process.exitCode = await demo(args)
  })

const env = program.command('env').description('environments of the cloud')
const configOption = new Option('--config <file>', "the cloud's config file")

env
  .command('create')
  .argument('<name>', 'what people call it')
  .addOption(
    new Option('--framework <type>', 'can never be changed')
      .choices(['TARSFramework', 'K8SFramework'])
      .default('TARSFramework'),
  )
  .addOption(
    new Option('--language <language>', 'of its first notification')
      .choices(['zh', 'en'])
      .default('zh'),
  )
  .addOption(configOption)
  .action(
    async (
      name: string,
      options: { framework: 'TARSFramework'; language: 'zh' | 'en'; config?: string },
    ) => {
      const { createEnvironment } = await import('./environments.ts')
      const { framework, language, config } = options
      await createEnvironment({ name, framework, language }, config, print)
    },
  )

env
  .command('list')
  .addOption(configOption)
  .action(async (options: { config?: string }) => {
    const { listEnvironments } = await import('./environments.ts')
    await listEnvironments(options.config, print)
  })

env
  .command('rotate-key')
  .argument('<id>', 'instance id, al-…')
  .addOption(configOption)
  .action(async (id: string, options: { config?: string }) => {
    const { rotateKey } = await import('./environments.ts')
    await rotateKey(id, options.config, print)
  })

addMailCommand(program)
addRulesCommand(program)
addStoreCommand(program)

program
  .command('promql')
  .description('check an expression and tell what it means; with --url, what a cloud answers')
  .argument('<expr>', "one beginning with '-' comes after --")
  .option('--explain', 'tell in words what it does (Chinese where LANG is zh…)')
  .option('--url <url>', 'ask: https://host/prometheus/<instance id>, or any Prometheus')
  .option('--token-file <file>', 'file with an API token that may read; else TARS_ALARM_TOKEN')
  .option('--at <time>', 'instant to ask for, RFC 3339 or Unix seconds; now by default')
  .option('--since <duration>', 'ask for all the time since then, e.g. 1h, and draw it')
  .action(async (text: string, options: PromqlOptions & Partial<AskOptions>) => {
    const { promql } = await import('./promql.ts')
    process.exitCode = await promql(text, options, print)
  })

program
  .command('tars')
  .description('TARS itself')
  .command('decode')
  .description('print the header and body of TARS packets as JSON, a line a file')
  .argument('<file...>')
  .option('--as <function>', 'how to read bodies, e.g. MonitorQuery.query')
  .action(async (files: string[], options: { as?: string }) => {
    const { tarsDecode } = await import('./tars-decode.ts')
    process.exitCode = await tarsDecode(files, options, print)
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(`tars-alarm: ${messageOf(error)}`)
  process.exitCode = 1
  // A part that half started may hold the process.
  if (process.connected) process.disconnect()
  setImmediate(() => process.exit())
}

function versionOf(manifest: URL): string {
  return String(JSON.parse(readFileSync(manifest, 'utf8')).version)
}
