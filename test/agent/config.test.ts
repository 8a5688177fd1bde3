import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { DEFAULT_CLOUD_URL, parseAgentConfig } from '../../src/agent/config.ts'
import type { AgentConfigError } from '../../src/agent/config-file.ts'
import { logFileOf, readTarsIdentity } from '../../src/agent/identity.ts'

const FILE = 'AgentServer.conf'
const main = (...lines: string[]) => ['<main>', ...lines, '</main>'].join('\n')

describe('AgentServer.conf', () => {
  it('needs nothing but env_key', () => {
    assert.deepEqual(parseAgentConfig(main('env_key=abc-123'), FILE), {
      envKey: 'abc-123',
      cloudUrls: [DEFAULT_CLOUD_URL],
      httpProxy: undefined,
      feeds: 'auto',
      database: undefined,
      timeZone: undefined,
      windowMs: 10_000,
      maxKeys: 20_000,
      detail: 'full',
      dataPath: undefined,
      spoolBytes: 512 * 2 ** 20,
      spoolAgeMs: 24 * 3_600_000,
      caFile: undefined,
      allowInsecure: false,
      logLevel: 'info',
      forwardStat: 'auto',
      forwardNotify: 'auto',
      forwardProperty: 'off',
      ownMail: undefined,
      ownMailTo: [],
      ownMailAfterMs: 600_000,
      warnings: [],
    })
  })

  it('takes every key', () => {
    const config = parseAgentConfig(
      main(
        ...['env_key = k', 'cloud_url = http://127.0.0.1:8080/x, https://b', 'window = 5s'],
        ...['http_proxy = http://proxy:3128', 'feed = query, database', 'time_zone = +08:00'],
        ...['database = mysql://tars:secret@10.0.0.1:3306', 'max_keys = 5000'],
        ...['detail = no-caller', 'spool_age = 12h', 'data_path = /d'],
        ...['spool_size = 1G', 'ca_file = /ca.pem', 'allow_insecure = true', 'log_level = WARN'],
        ...['forward_stat = on', 'forward_notify = off', 'forward_property = on'],
        ...['own_mail = smtp://u:p@mail:2525?from=a@b.c', 'own_mail_to = d@e.f, g@h.i'],
        'own_mail_after = 1h',
      ),
      FILE,
    )
    assert.deepEqual(config, {
      envKey: 'k',
      cloudUrls: ['http://127.0.0.1:8080/x', 'https://b'],
      httpProxy: 'http://proxy:3128',
      feeds: ['query', 'database'],
      database: 'mysql://tars:secret@10.0.0.1:3306',
      timeZone: '+08:00',
      windowMs: 5_000,
      maxKeys: 5_000,
      detail: 'no-caller',
      dataPath: '/d',
      spoolBytes: 2 ** 30,
      spoolAgeMs: 12 * 3_600_000,
      caFile: '/ca.pem',
      allowInsecure: true,
      logLevel: 'warn',
      forwardStat: 'on',
      forwardNotify: 'off',
      forwardProperty: 'on',
      ownMail: {
        host: 'mail',
        port: 2525,
        implicitTls: false,
        user: 'u',
        password: 'p',
        from: 'a@b.c',
      },
      ownMailTo: ['d@e.f', 'g@h.i'],
      ownMailAfterMs: 3_600_000,
      warnings: [],
    })
  })

  it('of the former product is taken; what means nothing now is said', () => {
    const text = main(
      ...['env_key=k', 'proxy_endpoint = tcp -h alarm.tarsyun.com -p 8080', '<history_cache>'],
      ...['size=10M', '</history_cache>', '<limit_cache> size=10M max_num=10 </limit_cache>'],
    )
    const { envKey, warnings } = parseAgentConfig(text, FILE)
    const means = 'is of the former agent and means nothing now, it can be taken out'
    assert.equal(envKey, 'k')
    assert.deepEqual([...warnings].sort(), [
      `AgentServer.conf:3: proxy_endpoint ${means}`,
      `AgentServer.conf:4: history_cache ${means}`,
      `AgentServer.conf:7: limit_cache ${means}`,
    ])
  })

  it('in one line, as the product has always shown it', () => {
    assert.equal(parseAgentConfig('<main> env_key=k </main>', FILE).envKey, 'k')
  })

  it('a missing key is no fault: the agent says what to do', () => {
    assert.equal(parseAgentConfig(main('env_key='), FILE).envKey, '')
    assert.equal(parseAgentConfig(main(), FILE).envKey, '')
  })

  it('the example in conf/ is a good one, and names every key', async () => {
    parseAgentConfig(readFileSync('conf/AgentServer.conf', 'utf8'), 'conf/AgentServer.conf')
    const all = readFileSync('conf/AgentServer.conf', 'utf8').replaceAll(/^(\s*)#(\w+=)/gm, '$1$2')
    assert.equal(parseAgentConfig(all, FILE).windowMs, 10_000)
    assert.equal(all.match(/^\s*\w+=/gm)?.length, 21)
  })

  const faults: [name: string, text: string, messages: readonly string[]][] = [
    [
      'an unknown key, with what was meant',
      main('env_key=k', 'cloud_uri=x'),
      ["AgentServer.conf:3: unknown key 'cloud_uri', did you mean 'cloud_url'?"],
    ],
    [
      'an unknown key like no other',
      main('proxy=tcp -h x'),
      [
        "AgentServer.conf:2: unknown key 'proxy', known are env_key, cloud_url, http_proxy, feed, database, time_zone, window, max_keys, detail, data_path, spool_size, spool_age, ca_file, allow_insecure, log_level, forward_stat, forward_notify, forward_property, own_mail, own_mail_to, own_mail_after",
      ],
    ],
    [
      'no <main>',
      'env_key=k',
      [
        'AgentServer.conf: no <main> … </main> in it',
        "AgentServer.conf:1: 'env_key' stands outside of <main>",
      ],
    ],
    [
      'another section',
      main('<other_cache>', 'size=10M', '</other_cache>'),
      ['AgentServer.conf:2: unknown section <other_cache>'],
    ],
    [
      'a window that is no duration',
      main('window=ten'),
      ["AgentServer.conf:2: window: 'ten' is no duration like 10s (units: ms, s, m, h)"],
    ],
    [
      'a window that divides no minute',
      main('window=7s'),
      ["AgentServer.conf:2: window: '7s' does not divide a minute, expected e.g. 5s, 10s, 30s"],
    ],
    [
      'a window out of range',
      main('window=5m'),
      ['AgentServer.conf:2: window: is out of range, expected 1s to 60s'],
    ],
    [
      'a size without sense',
      main('spool_size=lots'),
      ["AgentServer.conf:2: spool_size: 'lots' is no size like 64M (units: K, M, G)"],
    ],
    [
      'a switch',
      main('allow_insecure=yes'),
      ["AgentServer.conf:2: allow_insecure: 'yes' is neither true nor false"],
    ],
    [
      'a database with a name, without repeating the password',
      main('database=mysql://tars:s3cret@10.0.0.1/db_tars'),
      [
        'AgentServer.conf:2: database: expected mysql://user:password@host:3306, without a name after the last /',
      ],
    ],
    [
      'a database without a user',
      main('database=mysql://10.0.0.1'),
      ['AgentServer.conf:2: database: expected mysql://user:password@host:3306'],
    ],
    [
      'a feed',
      main('feed=query, mysql'),
      ["AgentServer.conf:2: feed: 'mysql' is none of subscribe, query, database, registry"],
    ],
    [
      'a time zone',
      main('time_zone=Beijing'),
      ["AgentServer.conf:2: time_zone: 'Beijing' is no time zone like Asia/Shanghai or +08:00"],
    ],
    [
      'a log level',
      main('log_level=loud'),
      ["AgentServer.conf:2: log_level: 'loud' is none of debug, info, warn, error, silent"],
    ],
    [
      'properties forwarded by themselves',
      main('forward_stat=maybe', 'forward_property=auto'),
      [
        "AgentServer.conf:2: forward_stat: 'maybe' is none of auto, on, off",
        "AgentServer.conf:3: forward_property: 'auto' is none of on, off",
      ],
    ],
    ['a section never closed', '<main>\nenv_key=k', ['AgentServer.conf:1: <main> is never closed']],
    [
      'all faults at once',
      main('# window of', 'window=0s', 'env_kee=k'),
      [
        'AgentServer.conf:3: window: is out of range, expected 1s to 60s',
        "AgentServer.conf:4: unknown key 'env_kee', did you mean 'env_key'?",
      ],
    ],
  ]
  for (const [name, text, messages] of faults) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parseAgentConfig(text, FILE), {
        name: 'AgentConfigError',
        message: messages.join('\n'),
      })
    })
  }

  const slips = [
    'env_key=my secret "key"',
    'env_key: my-secret',
    'env_key my-secret',
    'my-secret',
    'my-secret==',
    '=my-secret',
    '<env_key=my-secret',
    '</main>\nenv_key: my-secret\n<main>',
  ]
  for (const slip of slips) {
    it(`never repeats a key it cannot take: ${slip.replaceAll('\n', ' ')}`, () => {
      assert.throws(
        () => parseAgentConfig(main(slip), FILE),
        (error: AgentConfigError) =>
          !error.message.includes('secret') && /^AgentServer\.conf:[23]: /.test(error.message),
      )
    })
  }
})

describe('the TARS config', () => {
  it('says who the agent is, where it listens and where it may write', async () => {
    const identity = await readTarsIdentity('conf/agent.tars.conf')
    assert.deepEqual(
      identity.adapters.map(({ servants, endpoint }) => [servants[0], endpoint.port]),
      [
        ['Alarm.AgentServer.StatObj', 18802],
        ['Alarm.AgentServer.PropertyObj', 18803],
        ['Alarm.AgentServer.NotifyObj', 18804],
        ['Alarm.AgentServer.AgentObj', 18805],
      ],
    )
    // `-t 60000` would end connections of those who report every 60 s just before their next report.
    assert.deepEqual(
      [...new Set(identity.adapters.map((each) => each.endpoint.timeoutMs))],
      [180_000],
    )
    const logFile = 'data/agent/log/Alarm/AgentServer/Alarm.AgentServer_alarm.log'
    assert.equal(logFileOf(identity), logFile)
    const { app, server, node, set, dataPath, locator, notify } = identity
    assert.deepEqual(
      { app, server, node, set, dataPath, locator, notify },
      {
        app: 'Alarm',
        server: 'AgentServer',
        node: '127.0.0.1',
        set: '',
        dataPath: 'data/agent/data/',
        locator: undefined,
        notify: undefined,
      },
    )
  })
})
