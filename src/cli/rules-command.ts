/** The part `rules` of the command. */
import type { Command } from 'commander'
import type { RulesBacktestOptions } from './rules-backtest.ts'

const print = (line: string) => console.log(line)
const collect = (value: string, before: readonly string[] = []) => [...before, value]

export function addRulesCommand(program: Command): void {
  const rules = program.command('rules').description('rule files in Prometheus format')
  rules
    .command('check')
    .description('say what is wrong with rule files or folders of them')
    .argument('<path...>')
    .option(
      '--pattern <pattern>',
      "which files of a folder are rule files, e.g. 'alerting_rule*.yaml'; may be repeated",
      collect,
    )
    .action(async (paths: string[], { pattern }: { pattern?: string[] }) => {
      const { rulesCheck } = await import('../cloud/rules/check-command.ts')
      process.exitCode = await rulesCheck(paths, print, pattern)
    })
  rules
    .command('test')
    .description("run promtool's unit tests of rules (Chinese where LANG is zh…)")
    .argument('<file...>')
    .option('--run <regexp>', 'only tests with such a name; may be repeated', collect)
    .action(async (files: string[], options: { run?: string[] }) => {
      const { rulesTest } = await import('./rules-test.ts')
      process.exitCode = await rulesTest(files, options, print)
    })
  rules
    .command('format')
    .description('print rule files or folders of them in one form: same rules, comments and order')
    .argument('<path...>')
    .option('--write', 'change the files')
    .option('--check', 'change nothing; name the files that would change, and exit with 1')
    .action(async (paths: string[], options: { write?: boolean; check?: boolean }) => {
      const { rulesFormat } = await import('./rules-format.ts')
      process.exitCode = await rulesFormat(paths, options, print)
    })
  addBacktest(rules)
}

function addBacktest(rules: Command): void {
  rules
    .command('backtest')
    .description(
      'what rules would have told of stored data (Chinese where LANG is zh…); exits with 1 when nothing could be judged, or not all be read',
    )
    .argument('<path...>', 'rule files or folders of them')
    .requiredOption('--from <time>', 'RFC 3339 or Unix seconds')
    .requiredOption('--to <time>', 'up to this instant, without it')
    .option(
      '--step <duration>',
      "between evaluations; by default the group's interval, at least 1m",
    )
    .option('--data <folder>', 'data folder of a cloud that does not run; it is only read')
    .option('--env <id>', 'whose series, al-…; with --data')
    .option('--url <url>', 'or ask: https://host/prometheus/<instance id>, or any Prometheus')
    .option('--token-file <file>', 'file with an API token that may read; else TARS_ALARM_TOKEN')
    .option('--json', 'print one JSON object')
    .action(async (paths: string[], options: RulesBacktestOptions) => {
      const { rulesBacktest, tell } = await import('./rules-backtest.ts')
      process.exitCode = await rulesBacktest(paths, options, tell())
    })
}
