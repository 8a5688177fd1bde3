/** `tars_nodejs/node` of the package, with other programs in place of Node.js, getconf, ldd and uname. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tempFolder } from '../agent/support/temp-folder.ts'

const SHIPPED = `#!/bin/sh\nprintf '%s\\n' shipped $$ "$@"\n`
const CONF = `<tars>\n<application>\n<server>
  app = Alarm
  server=AgentServer
  logpath = FOLDER/app log/\t
</server>\n</application>\n</tars>\n`

interface System {
  /** What programs of the system say, by name; null: the program fails. */
  readonly says?: Readonly<Record<string, string | null>>
  readonly shipped?: string | Buffer | null
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
  readonly folder: string
  readonly wrapper: string
}

function run({ says = {}, shipped = SHIPPED, env = {}, args = [] }: System): Run {
  const folder = tempFolder()
  const wrapper = join(folder, 'tars_nodejs/node')
  mkdirSync(join(folder, 'tars_nodejs/node24'), { recursive: true })
  mkdirSync(join(folder, 'path'))
  copyFileSync('scripts/package/node.sh', wrapper)
  if (shipped !== null) program(join(folder, 'tars_nodejs/node24/node'), shipped)
  for (const [name, text] of Object.entries(says)) {
    const failing = text === null ? 'exit 1' : `echo '${text}'`
    program(join(folder, 'path', name), `#!/bin/sh\n${failing}\n`)
  }
  writeFileSync(join(folder, 'x y.conf'), CONF.replace('FOLDER', folder))
  const path = `${join(folder, 'path')}:${process.env.PATH}`
  const values = Object.entries(env).map(([key, text]) => [key, text.replace('FOLDER', folder)])
  const { status, stdout, stderr } = spawnSync(
    'sh',
    [wrapper, ...args.map((arg) => arg.replace('FOLDER', folder))],
    {
      env: { PATH: path, ...Object.fromEntries(values) },
      encoding: 'utf8',
      timeout: 60_000,
    },
  )
  return { status, stdout, stderr, folder, wrapper }
}

function program(file: string, text: string | Buffer): void {
  writeFileSync(file, text, { mode: 0o755 })
}

describe('the shipped Node.js is run', () => {
  const FIT: [name: string, says: System['says']][] = [
    ['with glibc 2.28', { getconf: 'glibc 2.28' }],
    ['with glibc 2.41', { getconf: 'glibc 2.41' }],
    ['with glibc 3.0', { getconf: 'glibc 3.0' }],
    [
      'when only ldd knows the glibc',
      { getconf: null, ldd: 'ldd (Debian GLIBC 2.36-9+deb12u9) 2.36' },
    ],
    ['when nobody knows the glibc', { getconf: null, ldd: null }],
  ]
  for (const [name, says = {}] of FIT) {
    it(name, () => assert.match(run({ says }).stdout, /^shipped\n/))
  }

  it('with its arguments as they are', () => {
    const { stdout } = run({ args: ['a b', '', '*', '-c', "it's"] })
    assert.deepEqual(stdout.split('\n').slice(2), ['a b', '', '*', '-c', "it's", ''])
  })

  it('in the process tarsnode started: signals and its id are that of the server', () => {
    const { wrapper } = run({})
    const { pid, stdout } = spawnSync(wrapper, { encoding: 'utf8' })
    assert.equal(stdout, `shipped\n${pid}\n`)
  })

  it('through a symbolic link in PATH', () => {
    const { wrapper, folder } = run({})
    symlinkSync(wrapper, join(folder, 'path/node'))
    const env = { PATH: `${join(folder, 'path')}:${process.env.PATH}` }
    assert.match(spawnSync('node', ['x'], { env, encoding: 'utf8' }).stdout, /^shipped\n\d+\nx\n$/)
  })
})

/** An ELF header for this e_machine. */
function elf(machine: number): Buffer {
  const header = Buffer.alloc(64)
  header.write('\x7fELF')
  header.writeUInt16LE(machine, 18)
  return header
}

describe('where the shipped Node.js cannot run', () => {
  const UNFIT: [name: string, system: System, says: RegExp][] = [
    [
      'glibc 2.17 (CentOS 7)',
      { says: { getconf: 'glibc 2.17' } },
      /: it needs glibc 2\.28 or later, this system has 2\.17\. /,
    ],
    [
      'glibc 2.27 (Ubuntu 18.04), which only ldd knows',
      { says: { getconf: null, ldd: 'ldd (Ubuntu GLIBC 2.27-3ubuntu1.6) 2.27' } },
      /this system has 2\.27\. /,
    ],
    [
      'musl (Alpine)',
      { says: { getconf: null, ldd: 'musl libc (x86_64)' } },
      /: it needs glibc 2\.28 or later, this system has musl\. /,
    ],
    [
      'a machine of another kind',
      { says: { uname: 'x86_64', getconf: 'glibc 2.36' }, shipped: elf(183) },
      /: it is built for aarch64, this machine is x86_64\. /,
    ],
    [
      'the other way round',
      { says: { uname: 'aarch64', getconf: 'glibc 2.36' }, shipped: elf(62) },
      /: it is built for x86_64, this machine is aarch64\. /,
    ],
    ['it was not unpacked', { shipped: null }, /tars_nodejs\/node24\/node is missing\. /],
  ]
  for (const [name, system, says] of UNFIT) {
    it(`says so in one line: ${name}`, () => {
      const { status, stdout, stderr } = run(system)
      assert.deepEqual([status, stdout], [1, ''])
      assert.match(stderr, says)
      assert.match(
        stderr,
        /^Alarm\.AgentServer cannot start: [^\n]* ALARM_NODE [^\n]*容器[^\n]*\n$/,
      )
    })
  }

  const OLD = { getconf: 'glibc 2.17' }
  for (const args of [
    ['a', 'b', '-c', 'FOLDER/x y.conf'],
    ['a', '--config=FOLDER/x y.conf'],
  ]) {
    it(`says so in the log of the server too: ${args.join(' ')}`, () => {
      const { folder, stderr } = run({ says: OLD, args })
      const log = join(folder, 'app log/Alarm/AgentServer/Alarm.AgentServer_agent.log')
      const [, date, line] = /^(\S+ \S+) (.*\n)$/.exec(readFileSync(log, 'utf8')) ?? []
      assert.match(date ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
      assert.equal(line, stderr)
    })
  }

  it('says so on stderr also when the log cannot be written', () => {
    const { status, stderr } = run({ says: OLD, args: ['-c', '/no/such.conf'] })
    assert.equal(status, 1)
    assert.match(stderr, /^Alarm\.AgentServer cannot start: [^\n]*\n$/)
  })

  const OTHER = `#!/bin/sh\n[ "$1" = --version ] && { echo VERSION; exit; }\nprintf '%s\\n' other "$@"\n`

  for (const version of ['v24.0.0', 'v26.10.0', 'v30.1.2']) {
    it(`runs the Node.js of ALARM_NODE: ${version}`, () => {
      const file = join(tempFolder(), 'other node')
      program(file, OTHER.replace('VERSION', version))
      const { status, stdout } = run({ says: OLD, env: { ALARM_NODE: file }, args: ['a b'] })
      assert.deepEqual([status, stdout], [0, 'other\na b\n'])
    })
  }

  const REFUSED: [name: string, version: string, says: RegExp][] = [
    ['is too old', 'v20.20.2', /; ALARM_NODE=\S+ is v20\.20\.2, not Node\.js 24 or later\. /],
    ['is no Node.js', '', /; ALARM_NODE=\S+ is no program that runs, not Node\.js 24/],
  ]
  for (const [name, version, says] of REFUSED) {
    it(`says so when that of ALARM_NODE ${name}`, () => {
      const file = join(tempFolder(), 'node')
      program(file, OTHER.replace('VERSION', version))
      const { status, stderr } = run({ says: OLD, env: { ALARM_NODE: file } })
      assert.equal(status, 1)
      assert.match(stderr, says)
    })
  }

  it('does not run itself for ever', () => {
    const { status, stderr } = run({ says: OLD, env: { ALARM_NODE: 'FOLDER/tars_nodejs/node' } })
    assert.equal(status, 1)
    assert.match(stderr, /is no program that runs/)
  })
})
