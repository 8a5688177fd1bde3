import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { CERTIFICATE, PASSWORD, startSmtp } from '../cloud/notify/support/smtp-peer.ts'
import { tarsAlarm } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-mail-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function configOf(mail: object): string {
  const path = join(folder, 'cloud.yaml')
  // JSON is YAML.
  writeFileSync(path, JSON.stringify({ mail }))
  return path
}

describe('tars-alarm mail test', () => {
  it('sends one, prints the dialogue without the password, and says when it is refused', async () => {
    const peer = await startSmtp({ tls: true, auth: true })
    try {
      const { host, port, from, user } = peer.config
      const settings = { host, port, from, user, password: PASSWORD, ca_file: CERTIFICATE }
      const run = (mail: object) =>
        tarsAlarm(['mail', 'test', 'zhang@example.com', '--config', configOf(mail)])
      const sent = await run(settings)
      assert.equal(sent.code, 0, sent.stderr)
      assert.match(sent.stdout, /^> RCPT TO:<zhang@example\.com>$/m)
      assert.match(sent.stdout, /^taken: look into the mailbox$/m)
      assert.equal(peer.mails[0]?.subject, 'TARS 云告警测试邮件 / TARS Alarm test mail')
      const refused = await run({ ...settings, password: `${PASSWORD}-wrong` })
      assert.equal(refused.code, 1)
      assert.match(refused.stdout, /check mail\.user and mail\.password/)
      assert.ok(!`${sent.stdout}${refused.stdout}${refused.stderr}`.includes(PASSWORD))
    } finally {
      await peer.close()
    }
  })

  it('says that there is no mail server', async () => {
    const path = join(folder, 'none.yaml')
    writeFileSync(path, 'data: data\n')
    const { code, stderr } = await tarsAlarm(['mail', 'test', 'a@b.c', '--config', path])
    assert.equal(code, 1)
    assert.match(stderr, /none\.yaml: no mail server is configured: set mail/)
  })
})
