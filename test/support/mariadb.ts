/** A real MariaDB in a temporary folder, on a free port of loopback, where one is installed. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { type Connection, createConnection } from 'mysql2/promise'

const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']

function find(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find(existsSync)
}

const mariadbd = find('mariadbd') ?? ''
const install = find('mariadb-install-db') ?? ''

/** Why tests against a real MariaDB cannot run here, or false. */
export const noMariaDb: string | false =
  (mariadbd === '' || install === '') &&
  'no mariadbd on this machine (Debian: apt-get install mariadb-server)'

/** What the server is asked with, and sees as its own. */
const COMMON = ['--no-defaults', `--user=${userInfo().username}`, '--innodb-log-file-size=4M']

export interface MariaDbOptions {
  /** Of the server, as `+08:00`. */
  readonly timeZone?: string
}

export type SqlRow = Readonly<Record<string, unknown>>

export class MariaDb {
  readonly port: number
  readonly #folder: string
  readonly #timeZone: string
  #process: ChildProcess | undefined
  #root: Connection | undefined

  /** Runs, and empty. */
  static async start({ timeZone = '+00:00' }: MariaDbOptions = {}): Promise<MariaDb> {
    const folder = await mkdtemp(join(tmpdir(), 'mariadb-'))
    const server = new MariaDb(folder, await freePort(), timeZone)
    const plain = ['--auth-root-authentication-method=normal', '--skip-test-db']
    try {
      await promisify(execFile)(install, [...COMMON, ...plain, server.#dataOption])
      await server.run()
    } catch (error) {
      await server.stop()
      throw error
    }
    return server
  }

  private constructor(folder: string, port: number, timeZone: string) {
    this.#folder = folder
    this.port = port
    this.#timeZone = timeZone
  }

  get #dataOption(): string {
    return `--datadir=${join(this.#folder, 'data')}`
  }

  /** Also after {@link kill}, with the data that was committed. */
  async run(): Promise<void> {
    const socket = join(this.#folder, 'socket')
    const server = spawn(mariadbd, [
      ...COMMON,
      this.#dataOption,
      `--socket=${socket}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${join(this.#folder, 'pid')}`,
      `--default-time-zone=${this.#timeZone}`,
      '--innodb-buffer-pool-size=16M',
      '--performance-schema=OFF',
      // Of a process that is killed nothing is lost.
      '--innodb-flush-log-at-trx-commit=2',
    ])
    this.#process = server
    const end = () => server.kill('SIGKILL')
    process.once('exit', end)
    server.once('exit', () => process.removeListener('exit', end))
    await isReady(server)
    this.#root = await createConnection({
      socketPath: socket,
      user: 'root',
      multipleStatements: true,
    })
    this.#root.on('error', () => {})
  }

  /** As root. Of several statements the rows of the last. */
  async sql(text: string, values: readonly unknown[] = []): Promise<readonly SqlRow[]> {
    if (!this.#root) throw new RangeError('the server does not run')
    const [rows] = await this.#root.query(text, [...values]).catch((error: Error) => {
      // Not the whole dump again.
      throw new Error(`${error.message} in ${text.slice(0, 200)}`)
    })
    const all: readonly unknown[] = Array.isArray(rows) ? rows : []
    const last = Array.isArray(all.at(-1)) ? all.at(-1) : all
    return last as readonly SqlRow[]
  }

  /** A dump of `test/fixtures/db` into a database of this name. */
  async load(file: string, database: string): Promise<void> {
    const dump = await readFile(`test/fixtures/db/${file}`, 'utf8')
    await this.sql(`create database if not exists ${database}; use ${database}`)
    await this.sql(`set autocommit = 0; ${dump} commit; set autocommit = 1`)
  }

  /** As if the machine had failed. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.#root?.destroy()
    const server = this.#process
    this.#process = undefined
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill(signal)
    await gone
  }
}

/** It says so on stderr. */
function isReady(server: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const said: string[] = []
  const stderr = server.stderr
  if (!stderr) throw new RangeError('stderr is not read')
  createInterface(stderr).on('line', (line) => {
    said.push(line)
    if (line.includes('ready for connections')) resolve()
  })
  server.once('error', reject)
  server.once('exit', () => reject(new Error(`mariadbd ended:\n${said.slice(-20).join('\n')}`)))
  return promise
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (typeof address !== 'object' || address === null) throw new RangeError('no port')
  return address.port
}
