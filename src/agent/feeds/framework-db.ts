/**
 * Where the framework keeps what it knows, and how to get in: the template `tars.framework-db`, the
 * TARS config of a server deployed with it, or one URL.
 */
import { Failure, messageOf } from '../../support/failure.ts'
import { parseTarsConfig, type TarsConfig } from '../../tars/config.ts'
import type { AdminRegistry } from './admin-registry.ts'

export type FrameworkDbReason = 'unreachable' | 'no-template' | 'incomplete' | 'invalid'

/** The message never has a password in it. */
export class FrameworkDbError extends Failure<FrameworkDbReason> {}

/** One database on a MySQL server. */
export interface DbPlace {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** A database with a table for each hour: `<tablePrefix>YYYYMMDDHH`. */
export interface HourTables extends DbPlace {
  readonly tablePrefix: string
}

export interface FrameworkDb {
  /** `db_tars`. */
  readonly db: DbPlace
  /** tarsstat and tarsproperty spread their rows over all of them. */
  readonly statDbs: readonly HourTables[]
  readonly propertyDbs: readonly HourTables[]
  /** Whose words these are, for messages. */
  readonly source: 'template' | 'config' | 'url'
}

export const FRAMEWORK_DB_TEMPLATE = 'tars.framework-db'

export type TemplateSource = Pick<AdminRegistry, 'getProfileTemplate'>

export interface FrameworkDbSources {
  /** `database` of `AgentServer.conf`. */
  readonly url: string | undefined
  /** Our own: it has the credentials when we are deployed with the template. */
  readonly tarsConfig: TarsConfig
  /** Undefined without a locator. */
  readonly registry: TemplateSource | undefined
}

/** What the user says, else what the TARS config says, else what the framework says. @throws {FrameworkDbError} */
export async function findFrameworkDb(sources: FrameworkDbSources): Promise<FrameworkDb> {
  const { url, tarsConfig, registry } = sources
  if (url !== undefined) return frameworkDbOfUrl(url)
  const found = frameworkDbOf(tarsConfig)
  if (found) return found
  if (registry) return fetchFrameworkDb(registry)
  throw new FrameworkDbError('incomplete', 'the TARS config has neither a database nor a locator')
}

/** Asks the framework. @throws {FrameworkDbError} */
export async function fetchFrameworkDb(source: TemplateSource): Promise<FrameworkDb> {
  const name = FRAMEWORK_DB_TEMPLATE
  const text = await templateOf(source, name)
  if (text === '') {
    throw new FrameworkDbError('no-template', `the framework has no template ${name}`)
  }
  return parseFrameworkDb(text)
}

async function templateOf(source: TemplateSource, profileName: string): Promise<string> {
  try {
    return (await source.getProfileTemplate(profileName))?.trim() ?? ''
  } catch (error) {
    throw new FrameworkDbError('unreachable', `no template ${profileName}: ${messageOf(error)}`, {
      retryable: true,
      cause: error,
    })
  }
}

/** @throws {FrameworkDbError} */
export function parseFrameworkDb(template: string): FrameworkDb {
  const where = `template ${FRAMEWORK_DB_TEMPLATE}`
  let config: TarsConfig
  try {
    config = parseTarsConfig(template, where)
  } catch (error) {
    throw new FrameworkDbError('invalid', messageOf(error))
  }
  const found = read(config, { where, source: 'template' })
  if (!found) throw new FrameworkDbError('incomplete', `${where}: no section <db> in <tars>`)
  return found
}

/** Undefined when the TARS config names no database. @throws {FrameworkDbError} */
export function frameworkDbOf(config: TarsConfig): FrameworkDb | undefined {
  return read(config, { where: 'the TARS config', source: 'config' })
}

/** Of `mysql://user:password@host:3306`, with the databases' usual names. @throws {FrameworkDbError} */
export function frameworkDbOfUrl(text: string): FrameworkDb {
  const url = URL.parse(text)
  // The text is not repeated: it holds a password.
  const wanted = 'expected mysql://user:password@host:3306'
  if (url?.protocol !== 'mysql:' || url.hostname === '' || url.username === '') {
    throw new FrameworkDbError('invalid', wanted)
  }
  if (!['', '/'].includes(url.pathname)) {
    throw new FrameworkDbError('invalid', `${wanted}, without a name after the last /`)
  }
  const server = {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port || DEFAULT_PORT),
    user: decoded(url.username, wanted),
    password: decoded(url.password, wanted),
  }
  return {
    db: { ...server, database: 'db_tars' },
    statDbs: [{ ...server, database: 'tars_stat', tablePrefix: 'tars_stat_' }],
    propertyDbs: [{ ...server, database: 'tars_property', tablePrefix: 'tars_property_' }],
    source: 'url',
  }
}

const DEFAULT_PORT = '3306'

function decoded(text: string, wanted: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new FrameworkDbError('invalid', `${wanted}, special characters as %40`)
  }
}

interface Origin {
  readonly where: string
  readonly source: FrameworkDb['source']
}

function read(config: TarsConfig, { where, source }: Origin): FrameworkDb | undefined {
  const db = config.section('tars/db')
  if (!db) return undefined
  return {
    db: placeOf(db, `${where}: <db>`),
    statDbs: hourTables(config, 'statdb', where),
    propertyDbs: hourTables(config, 'propertydb', where),
    source,
  }
}

/** None when the section is absent. */
function hourTables(config: TarsConfig, section: string, where: string): HourTables[] {
  const dbs = [...(config.section(`tars/${section}`)?.sections ?? [])]
  return dbs.map(([name, db]) => {
    const at = `${where}: <${section}/${name}>`
    return { ...placeOf(db, at), tablePrefix: identifier(db, 'tbname', at) }
  })
}

function placeOf(db: TarsConfig, at: string): DbPlace {
  const port = Number(value(db, 'dbport', at) || DEFAULT_PORT)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new FrameworkDbError('invalid', `${at}: dbport is no port from 1 to 65535`)
  }
  return {
    host: required(db, 'dbhost', at),
    port,
    user: required(db, 'dbuser', at),
    password: value(db, 'dbpass', at),
    database: identifier(db, 'dbname', at),
  }
}

/** Names go into SQL. */
function identifier(db: TarsConfig, key: string, at: string): string {
  const name = required(db, key, at)
  if (/^[\w$-]{1,64}$/.test(name)) return name
  throw new FrameworkDbError('invalid', `${at}: ${key} is no name of letters, digits, _, $ and -`)
}

function required(db: TarsConfig, key: string, at: string): string {
  const text = value(db, key, at)
  if (text === '') throw new FrameworkDbError('incomplete', `${at}: no ${key}`)
  return text
}

function value(db: TarsConfig, key: string, at: string): string {
  const text = db.values.get(key) ?? ''
  if (!/^\$\{\w+\}$/.test(text)) return text
  throw new FrameworkDbError('incomplete', `${at}: ${key} is ${text}, a macro nobody has filled in`)
}
