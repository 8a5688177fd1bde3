import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ConfigError, parseTarsConfig, readTarsConfig } from '../../src/tars/config.ts'
import { formatEndpoint, parseEndpoint } from '../../src/tars/endpoint.ts'
import { adaptersOf } from '../../src/tars/host-plan.ts'

const parse = (text: string) => parseTarsConfig(text, 'a.conf')

describe('a TARS config', () => {
  const values: [string, string, string, string | undefined][] = [
    ['a value in a section', '<a>\n<b>\nk = v\n</b>\n</a>', '/a/b<k>', 'v'],
    ['a section and its pair on one line', '<main> env_key=abc </main>', '/main<env_key>', 'abc'],
    ['nested sections on one line', '<a><b> k=v </b></a>', '/a/b<k>', 'v'],
    ['a value with = in it', '<a>\nk=x=y\n</a>', '/a<k>', 'x=y'],
    ['a value with a tag in it', '<a>\nk=x<y>z\n</a>', '/a<k>', 'x<y>z'],
    ['a key alone on its line', '<a>\nallow\n</a>', '/a<allow>', ''],
    ['a key without a value', '<a>\nk=\n</a>', '/a<k>', ''],
    ['a key twice: the later', '<a>\nk=1\nk=2\n</a>', '/a<k>', '2'],
    ['a section twice: both', '<a>\nk=1\n</a>\n<a>\nl=2\n</a>', '/a<k>', '1'],
    ['a name with dots', '<a>\n<A.B.C>\nk=v\n</A.B.C>\n</a>', '/a/A.B.C<k>', 'v'],
    ['a name every object has', '<a>\n</a>', '/a<constructor>', undefined],
    ['comments and empty lines', '# x\n\n<a>\n  # k=1\n</a>', '/a<k>', undefined],
    ['line ends of Windows and a byte order mark', '\uFEFF<a>\r\nk=v\r\n</a>\r\n', '/a<k>', 'v'],
    ['a section that is not there', '<a>\n</a>', '/b/c<k>', undefined],
  ]
  for (const [name, text, path, value] of values) {
    it(`${name}: ${path} is ${value ?? 'absent'}`, () => assert.equal(parse(text).get(path), value))
  }

  const faults: [string, string, string][] = [
    ['a section that is never closed', '<a>\n<b>\n</b>', 'a.conf:1: <a> is never closed'],
    [
      'the wrong end',
      '<a>\n<b>\n</a>',
      'a.conf:3: </a> where </b> (opened in line 2) was expected',
    ],
    ['an end of nothing', '\n</a>', 'a.conf:2: </a> closes nothing'],
    ['a tag without its >', '<a>\n<b\n</a>', 'a.conf:2: no tag like <main> or </main>'],
    ['a pair without a key', '<a>\n=v\n</a>', 'a.conf:2: no key before the ='],
    ['sections too deep', '<a>'.repeat(20), 'a.conf:1: more than 16 sections deep'],
  ]
  for (const [name, text, message] of faults) {
    it(`${name} is told with file and line`, () => {
      assert.throws(() => parse(text), { name: 'ConfigError', reason: 'malformed', message })
    })
  }

  it('of more than 1 MB is refused', () => {
    assert.throws(() => parse('#'.repeat(1_048_577)), { reason: 'too-large' })
  })

  it('that cannot be read names the file', async () => {
    await assert.rejects(readTarsConfig('/no/such.conf'), {
      reason: 'unreadable',
      message: /^\/no\/such\.conf: ENOENT/,
    })
  })

  it('is read, or refused by a ConfigError, whatever it is', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('<a>', '</a>', '<b> k=v </b>', 'k=v', '<', '</'),
    )
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        try {
          parse(lines.join('\n'))
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('is asked by paths of TARS only', () => {
    assert.throws(() => parse('').get('a.b.c'), RangeError)
  })
})

describe('an endpoint', () => {
  const good: [string, string][] = [
    ['tcp -h 10.0.0.1 -p 18801 -t 5000', 'tcp -h 10.0.0.1 -p 18801 -t 5000'],
    ['  TCP  -p 1  -h a.b ', 'tcp -h a.b -p 1 -t 60000'],
    ['udp -h ::1 -p 0 -t 0 -q 4 -g 1 -e 2', 'udp -h ::1 -p 0 -t 0'],
  ]
  for (const [text, same] of good) {
    it(`'${text}'`, () => assert.equal(formatEndpoint(parseEndpoint(text)), same))
  }

  const bad: [string, RegExp][] = [
    ['', /'' is neither tcp nor udp/],
    ['ssl -h a -p 1', /'ssl' is neither tcp nor udp/],
    ['tcp -p 1', /no host/],
    ['tcp -h -p 1', /no host/],
    ['tcp -h a', /port \(-p\) is '', not 0 to 65535/],
    ['tcp -h a -p 65536', /port \(-p\) is '65536'/],
    ['tcp -h a -p 1x', /port \(-p\) is '1x'/],
    ['tcp -h a -p 1 -t soon', /timeout \(-t\) is 'soon'/],
  ]
  for (const [text, message] of bad) {
    it(`'${text}' is refused`, () => {
      assert.throws(() => parseEndpoint(text), { name: 'EndpointError', message })
    })
  }
})

describe('the adapters of a server', () => {
  const server = (sections: string) =>
    parse(
      `<tars>\n<application>\n<server>\napp=Alarm\n${sections}\n</server>\n</application>\n</tars>`,
    )

  it('are its sections with protocol=tars', () => {
    const config = server(`
      <StatObjAdapter>
        endpoint=tcp -h 127.0.0.1 -p 18802 -t 60000
        maxconns=7
        protocol=tars
        servant=Alarm.AgentServer.StatObj, Alarm.AgentServer.PropertyObj
      </StatObjAdapter>
      <WebAdapter>
        endpoint=tcp -h 127.0.0.1 -p 80
        protocol=not_tars
        servant=Alarm.AgentServer.WebObj
      </WebAdapter>`)
    assert.deepEqual(adaptersOf(config), [
      {
        name: 'StatObjAdapter',
        endpoint: { transport: 'tcp', host: '127.0.0.1', port: 18_802, timeoutMs: 60_000 },
        servants: ['Alarm.AgentServer.StatObj', 'Alarm.AgentServer.PropertyObj'],
        maxConnections: 7,
      },
    ])
  })

  const faults: [string, string, RegExp][] = [
    ['an endpoint', 'servant=A', /^<X>: endpoint '': '' is neither/],
    ['a servant', 'endpoint=tcp -h a -p 1', /^<X>: no servant=/],
    ['a count of connections', 'servant=A\nmaxconns=many', /^<X>: maxconns is 'many'/],
  ]
  for (const [name, pairs, message] of faults) {
    it(`need ${name}`, () => {
      const config = server(`<X>\nprotocol=tars\n${pairs}\n</X>`)
      assert.throws(() => adaptersOf(config), { name: 'AdapterError', message })
    })
  }

  it('need a server', () => {
    assert.throws(() => adaptersOf(parse('')), /no \/tars\/application\/server/)
  })
})
