/** A real Postfix with folders of its own, on a free port of loopback, where one is installed. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, watch } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { MailConfig } from '../../../../src/cloud/notify/channels/mail/config.ts'
import { CERTIFICATE } from './smtp-peer.ts'

/** What `postfix start` runs at the end of its checks. */
const MASTER = '/usr/lib/postfix/sbin/master'

/** Why tests against a real Postfix cannot run here, or false. */
export const noPostfix: string | false = !existsSync(MASTER)
  ? 'no Postfix on this machine (Debian: apt-get install postfix)'
  : process.getuid?.() !== 0 && 'only root starts a Postfix'

export const MAX_MAIL_BYTES = 200_000
/** Of `nobody`, to whom the mailboxes belong. */
const OWNER = 65_534
const MAILBOXES = ['zhang@example.com', '张三@example.com']

const QUEUES =
  'active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace'
/** Of Debian's `master.cf` what receives, queues, delivers here, and tells what it could not. */
const SERVICES = `
cleanup   unix  n - n -   0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n -   1 tlsmgr
rewrite   unix  - - n -   - trivial-rewrite
bounce    unix  - - n -   0 bounce
defer     unix  - - n -   0 bounce
trace     unix  - - n -   0 bounce
proxymap  unix  - - n -   - proxymap
virtual   unix  - n n -   - virtual
error     unix  - - n -   - error
retry     unix  - - n -   - error
anvil     unix  - - n -   1 anvil
postlog   unix-dgram n - n - 1 postlogd
`

export class Postfix {
  readonly config: MailConfig
  readonly #folder: string
  readonly #taken = new Set<string>()

  /** Takes mail for `MAILBOXES`, also by STARTTLS, up to `MAX_MAIL_BYTES`. */
  static async start(): Promise<Postfix> {
    const folder = await mkdtemp(join(tmpdir(), 'postfix-'))
    const server = new Postfix(folder, await freePort())
    try {
      await server.#run()
    } catch (error) {
      const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
      await server.stop()
      throw new Error(`Postfix did not start: ${log.slice(-2_000)}`, { cause: error })
    }
    return server
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder
    this.config = {
      ...{ host: '127.0.0.1', port, tls: 'auto', ca_file: CERTIFICATE },
      from: 'TARS 告警 <alarm@example.com>',
    }
  }

  get #etc(): string {
    return join(this.#folder, 'etc')
  }

  get #new(): string {
    return join(this.#folder, 'mail/box/new')
  }

  async #run(): Promise<void> {
    await chmod(this.#folder, 0o755)
    for (const part of ['etc', 'queue/pid']) await this.#make(part, 0)
    const postfix = uidOf('postfix')
    for (const part of ['data', ...QUEUES.split(' ').map((name) => `queue/${name}`)])
      await this.#make(part, postfix)
    for (const part of ['tmp', 'cur', 'new']) await this.#make(`mail/box/${part}`, OWNER)
    await writeFile(join(this.#etc, 'main.cf'), mainOf(this.#folder))
    const inet = `127.0.0.1:${this.config.port} inet n - n - - smtpd`
    await writeFile(join(this.#etc, 'master.cf'), `${inet}\n${SERVICES}`)
    process.once('exit', this.#kill)
    // Returns when it takes connections.
    await promisify(execFile)(MASTER, ['-c', this.#etc, '-w'])
  }

  async #make(part: string, owner: number): Promise<void> {
    await mkdir(join(this.#folder, part), { recursive: true })
    await chown(join(this.#folder, part), owner, owner)
  }

  /** A mail that has arrived and was not asked for yet, as it lies in the mailbox. */
  async mail(): Promise<Buffer> {
    const arrived = watch(this.#new)
    try {
      for (;;) {
        const files = await readdir(this.#new)
        const file = files.find((one) => !this.#taken.has(one))
        if (file !== undefined) {
          this.#taken.add(file)
          return await readFile(join(this.#new, file))
        }
        await once(arrived, 'change')
      }
    } finally {
      arrived.close()
    }
  }

  async stop(): Promise<void> {
    this.#kill()
    process.removeListener('exit', this.#kill)
    // Its processes end by themselves, and may still write.
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 })
  }

  #kill = () => {
    const file = join(this.#folder, 'queue/pid/master.pid')
    if (existsSync(file)) process.kill(Number(readFileSync(file, 'utf8')))
  }
}

function mainOf(folder: string): string {
  return `
compatibility_level = 3.6
queue_directory = ${folder}/queue
data_directory = ${folder}/data
maillog_file_prefixes = ${folder}
maillog_file = ${folder}/log
myhostname = mail.example.com
mydestination =
alias_maps =
inet_interfaces = loopback-only
inet_protocols = ipv4
smtpd_relay_restrictions = reject_unauth_destination
virtual_mailbox_domains = example.com
virtual_mailbox_base = ${folder}/mail
virtual_mailbox_maps = inline:{ ${MAILBOXES.map((box) => `{ ${box} = box/ }`).join(', ')} }
virtual_uid_maps = static:${OWNER}
virtual_gid_maps = static:${OWNER}
message_size_limit = ${MAX_MAIL_BYTES}
smtpd_tls_security_level = may
smtpd_tls_cert_file = ${CERTIFICATE}
smtpd_tls_key_file = ${CERTIFICATE.replace('cert.pem', 'key.pem')}
smtpd_tls_received_header = yes
`
}

function uidOf(user: string): number {
  const [, uid] =
    new RegExp(`^${user}:[^:]*:(\\d+):`, 'm').exec(readFileSync('/etc/passwd', 'utf8')) ?? []
  if (uid === undefined) throw new Error(`no user ${user}`)
  return Number(uid)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new RangeError('no port')
  return address.port
}
