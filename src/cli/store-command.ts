/** The part `store` of the command. */
import { type Command, Option } from 'commander'

interface Options {
  readonly config?: string
  readonly environment?: string
  readonly json?: boolean
}

/** How a command line that is wrong ends. */
const USAGE = 2

export function addStoreCommand(program: Command): void {
  const store = program
    .command('store')
    .description('what the cloud keeps of series: is it sound, and making it so')
    // Set first: the commands below take it over.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : USAGE))
  add(
    store,
    'check',
    'say what is damaged; exits with 1 when something is (Chinese where LANG is zh…)',
  )
  add(store, 'repair', 'replace what is damaged by what is sound of it, and keep the damaged files')
}

function add(store: Command, name: 'check' | 'repair', description: string): void {
  store
    .command(name)
    .description(description)
    .argument('[data]', "the cloud's data folder; by default the config's")
    .addOption(new Option('--config <file>', "the cloud's config file"))
    .option('--environment <id>', 'only this one, al-…')
    .option('--json', 'print one JSON object')
    .action(async (data: string | undefined, options: Options) => {
      const { storeCheck, storeRepair, tell } = await import('./store.ts')
      const to = tell(
        (line) => console.log(line),
        (line) => console.error(line),
      )
      const run = name === 'check' ? storeCheck : storeRepair
      process.exitCode = await run({ data, ...options }, to)
    })
}
