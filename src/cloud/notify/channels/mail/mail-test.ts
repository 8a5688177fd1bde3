/** "Send test" to one address, past the outbox, with what was said on the way. */
import type { UnixMs } from '../../../../model/time.ts'
import { messageOf } from '../../../../support/failure.ts'
import type { Delivery } from '../../ports.ts'
import type { MailConfig } from './config.ts'
import { openMail } from './mail.ts'

const TIMEOUT_MS = 60_000

/** Whether the server took it; `hear` is told line by line what was said, without what is secret. Never rejects. */
export async function sendMailTest(
  config: MailConfig,
  to: string,
  at: UnixMs,
  hear: (line: string) => void,
): Promise<boolean> {
  try {
    const channel = openMail(config, { hear })
    try {
      hear(`# ${await channel.send(testMail(to, at), AbortSignal.timeout(TIMEOUT_MS))}`)
      return true
    } finally {
      channel.close()
    }
  } catch (error) {
    hear(`# ${messageOf(error)}`)
    return false
  }
}

function testMail(to: string, at: UnixMs): Delivery {
  const subject = 'TARS 云告警测试邮件 / TARS Alarm test mail'
  const text = '收到此邮件说明告警邮件可以送达。\nWho reads this can be told of alarms.'
  return {
    ...{ id: `test-${at}`, environment: '', policy: '', contact: '', channel: 'mail', to },
    message: { subject, text, html: `<p>${text.replace('\n', '<br>')}</p>` },
    ...{ alerts: [], plannedAt: at, receivedAt: at, state: 'sending', attempts: 1 },
    ...{ dueAt: at, maybeRepeated: false },
  }
}
