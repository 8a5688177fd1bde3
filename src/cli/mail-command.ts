/** The part `mail` of the command. */
import type { Command } from 'commander'

export function addMailCommand(program: Command): void {
  program
    .command('mail')
    .description("the cloud's mail server")
    .command('test')
    .description('send a test mail and print what is said on the way, without secrets')
    .argument('<address>', 'who gets it')
    .requiredOption('--config <file>', "the cloud's config file")
    .action(async (address: string, { config }: { config: string }) => {
      const { mailTest } = await import('./mail.ts')
      process.exitCode = await mailTest(address, config, (line) => console.log(line))
    })
}
