import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseError } from '../../../src/agent/feeds/database-session.ts'
import { troubleOf } from '../../../src/agent/feeds/database-trouble.ts'
import {
  FrameworkDbError,
  fetchFrameworkDb,
  findFrameworkDb,
  frameworkDbOf,
  frameworkDbOfUrl,
  parseFrameworkDb,
  type TemplateSource,
} from '../../../src/agent/feeds/framework-db.ts'
import { parseTarsConfig } from '../../../src/tars/config.ts'
import { AdminReg } from '../../../src/tars/idl/admin-reg.ts'
import { decodePacket } from '../../../src/tars/packet.ts'
import { packetOf } from '../../tars/captured-packets.ts'

/** Answers what a real tarsAdminRegistry did. */
function registry(capture: number): TemplateSource {
  const { body } = decodePacket(packetOf(`registry-response-${capture}.bin`))
  const { profileTemplate } = AdminReg.getProfileTemplate.response.decode(body)
  return { getProfileTemplate: async () => profileTemplate || undefined }
}

const SERVER = { host: '127.0.0.1', port: 13306, user: 'tars', password: 'tars2015' }

describe('credentials of the framework’s database', () => {
  it('are in the template as a real framework gives it', async () => {
    assert.deepEqual(await fetchFrameworkDb(registry(1)), {
      db: { ...SERVER, database: 'db_tars' },
      statDbs: [{ ...SERVER, database: 'tars_stat', tablePrefix: 'tars_stat_' }],
      propertyDbs: [{ ...SERVER, database: 'tars_property', tablePrefix: 'tars_property_' }],
      source: 'template',
    })
  })

  it('a framework without the template says so', async () => {
    await assert.rejects(fetchFrameworkDb(registry(2)), {
      name: 'FrameworkDbError',
      reason: 'no-template',
      message: 'the framework has no template tars.framework-db',
    })
  })

  it('a registry that does not answer is asked again', async () => {
    const source = { getProfileTemplate: () => Promise.reject(new Error('no answer in time')) }
    await assert.rejects(fetchFrameworkDb(source), { reason: 'unreachable', retryable: true })
  })

  it('are in the TARS config of a server deployed with that template, among the rest', () => {
    const text = `<tars>
      <application>
      </application>
      <db>
        dbhost=db.tars.com
        dbname=db_tars
        dbuser=tars
        dbpass=a=b#c
      </db>
      <statdb>
        <db1>
          dbhost=10.0.0.1
          dbname=tars_stat
          tbname=tars_stat_
          dbuser=tars
          dbport=3307
        </db1>
        <db2>
          dbhost=10.0.0.2
          dbname=tars_stat
          tbname=tars_stat_
          dbuser=tars
        </db2>
      </statdb>
    </tars>`
    const found = frameworkDbOf(parseTarsConfig(text, 'the config'))
    assert.deepEqual(
      [found?.db.host, found?.db.port, found?.db.password, found?.source],
      ['db.tars.com', 3306, 'a=b#c', 'config'],
    )
    assert.deepEqual(
      found?.statDbs.map(({ host, port }) => `${host}:${port}`),
      ['10.0.0.1:3307', '10.0.0.2:3306'],
    )
    assert.deepEqual(found?.propertyDbs, [])
  })

  it('most TARS configs name no database', () => {
    const config = parseTarsConfig('<tars>\n<application>\n</application>\n</tars>', 'the config')
    assert.equal(frameworkDbOf(config), undefined)
  })

  for (const [what, from, to, message] of [
    [
      'a macro that nobody filled in',
      'dbhost=127.0.0.1',
      `dbhost=\${dbhost}`,
      /<db>: dbhost is \$\{dbhost\}, a macro/,
    ],
    ['no user', 'dbuser=tars', '', /<db>: no dbuser/],
    ['a port that is none', 'dbport=13306', 'dbport=99999', /<db>: dbport is no port/],
    [
      'a name that would be SQL',
      'dbname=db_tars',
      'dbname=a`; drop table x',
      /<db>: dbname is no name/,
    ],
    ['no section', '<tars>', '<star>', /tars.framework-db/],
  ] as const) {
    it(`a template with ${what} is told, without the password`, () => {
      const text = TEMPLATE.replace(from, to)
      assert.notEqual(text, TEMPLATE)
      assert.throws(
        () => parseFrameworkDb(text),
        (error: FrameworkDbError) => {
          assert.ok(error instanceof FrameworkDbError)
          assert.match(error.message, message)
          assert.doesNotMatch(error.message, /s3cret/)
          return true
        },
      )
    })
  }
})

const TEMPLATE = `<tars>
  <db>
    dbhost=127.0.0.1
    dbname=db_tars
    dbuser=tars
    dbpass=s3cret
    dbport=13306
  </db>
</tars>
`

describe('of several sources', () => {
  const withDb = parseTarsConfig(TEMPLATE, 'the config')
  const without = parseTarsConfig('<tars>\n</tars>', 'the config')
  const url = 'mysql://me:x@10.0.0.1'
  for (const [what, sources, expected] of [
    ['the user comes first', { url, tarsConfig: withDb, registry: registry(1) }, 'url'],
    [
      'then the TARS config',
      { url: undefined, tarsConfig: withDb, registry: registry(1) },
      'config',
    ],
    [
      'then the framework',
      { url: undefined, tarsConfig: without, registry: registry(1) },
      'template',
    ],
  ] as const) {
    it(what, async () => assert.equal((await findFrameworkDb(sources)).source, expected))
  }

  it('none is told', async () => {
    const sources = { url: undefined, tarsConfig: without, registry: undefined }
    await assert.rejects(findFrameworkDb(sources), /neither a database nor a locator/)
  })
})

describe('mysql:// in AgentServer.conf', () => {
  it('names server, user and password; the databases have their usual names', () => {
    const found = frameworkDbOfUrl('mysql://tars:p%40ss%2Fword@[fd00::1]:3307')
    const server = { host: 'fd00::1', port: 3307, user: 'tars', password: 'p@ss/word' }
    assert.deepEqual(found.db, { ...server, database: 'db_tars' })
    assert.equal(found.statDbs[0]?.database, 'tars_stat')
    assert.equal(found.source, 'url')
  })

  it('the port is 3306 when none is said', () => {
    assert.equal(frameworkDbOfUrl('mysql://tars:x@10.0.0.1').db.port, 3306)
  })

  for (const bad of [
    'postgres://tars:s3cret@10.0.0.1',
    'mysql://10.0.0.1',
    'tars:s3cret@10.0.0.1',
    'mysql://tars:s3cret%@10.0.0.1',
    'mysql://tars:s3cret@10.0.0.1/db_tars',
  ]) {
    it(`${bad} is refused without repeating it`, () => {
      assert.throws(
        () => frameworkDbOfUrl(bad),
        (error: FrameworkDbError) => {
          assert.match(error.message, /expected mysql:\/\/user:password@host:3306/)
          assert.doesNotMatch(error.message, /s3cret/)
          return true
        },
      )
    })
  }
})

describe('what an operator reads', () => {
  const local = { host: 'localhost', port: 3306, user: 'tars' }
  const far = { ...local, host: '10.0.0.1' }
  for (const [what, error, source, sentence] of [
    [
      'localhost of the template is the framework’s host',
      new DatabaseError('lost', 'connect ECONNREFUSED', local),
      'template',
      "no connection to MySQL at localhost:3306: connect ECONNREFUSED; localhost in template tars.framework-db means the framework's own host: set database=mysql://user:password@host:3306 in AgentServer.conf",
    ],
    [
      'localhost of the user is what the user meant',
      new DatabaseError('lost', 'connect ECONNREFUSED', local),
      'url',
      'no connection to MySQL at localhost:3306: connect ECONNREFUSED',
    ],
    [
      'another host',
      new DatabaseError('lost', 'connect ETIMEDOUT', far),
      'template',
      'no connection to MySQL at 10.0.0.1:3306: connect ETIMEDOUT',
    ],
    [
      'a user that may not',
      new DatabaseError('denied', 'Access denied', far),
      'url',
      'MySQL at 10.0.0.1:3306 refuses user tars: Access denied; check database= in AgentServer.conf',
    ],
    [
      'no template',
      new FrameworkDbError('no-template', 'the framework has no template tars.framework-db'),
      undefined,
      'no access to the database: the framework has no template tars.framework-db; set database=mysql://user:password@host:3306 in AgentServer.conf',
    ],
  ] as const) {
    it(what, () => assert.equal(troubleOf(error, source), sentence))
  }
})
