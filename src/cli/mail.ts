/** `tars-alarm mail test`: whether the mail server of the config takes a mail, and what it says. */
import { readCloudConfig } from '../cloud/config.ts'
import { sendMailTest } from '../cloud/notify/channels/mail/mail-test.ts'
import { systemClock } from '../support/clock.ts'
import { Failure } from '../support/failure.ts'

/** The exit code. @throws {Failure} the config cannot be read, or names no mail server. */
export async function mailTest(
  to: string,
  configFile: string,
  print: (line: string) => void,
): Promise<number> {
  const { mail } = readCloudConfig(configFile)
  if (!mail) throw new Failure('unknown', `${configFile}: no mail server is configured: set mail`)
  const taken = await sendMailTest(mail, to, Math.floor(systemClock.now()), print)
  print(taken ? 'taken: look into the mailbox' : 'not taken')
  return taken ? 0 : 1
}
