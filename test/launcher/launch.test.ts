/** What the launcher is told: arguments, package.json, TARS config; and what it says when that is wrong. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { findEntryPoint } from '../../src/launcher/entry-point.ts'
import { ExitLimit } from '../../src/launcher/exit-limit.ts'
import { parseLaunchArguments } from '../../src/launcher/launch-arguments.ts'
import { launchPlanOf } from '../../src/launcher/launch-plan.ts'
import { NodeReporter } from '../../src/launcher/node-reporter.ts'
import { silentLog } from '../../src/support/log.ts'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { parseTarsConfig } from '../../src/tars/config.ts'
import { tempFolder } from '../agent/support/temp-folder.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { TarsnodeDouble } from './tarsnode-double.ts'

describe('arguments', () => {
  const both = { folder: '/a b/bin/src/', configFile: '/a b/x.conf' }
  for (const args of [
    ['/a b/bin/src/', '-c', '/a b/x.conf'],
    ['/a b/bin/src/', '--config=/a b/x.conf'],
    ['/a b/bin/src/', '--config', '/a b/x.conf'],
  ]) {
    it(args.join(' '), () => assert.deepEqual(parseLaunchArguments(args), both))
  }

  const WRONG: [args: string[], says: RegExp][] = [
    [[], /^expected one folder; usage: /],
    [['/a'], /^no config; usage: /],
    [['/a', '/b', '-c', 'x'], /^expected one folder; usage: /],
    [['/a', '-c', 'x', '-i', '3'], /^Unknown option '-i'.*usage: /],
  ]
  for (const [args, says] of WRONG) {
    it(`refuses '${args.join(' ')}'`, () => {
      assert.throws(() => parseLaunchArguments(args), { reason: 'usage', message: says })
    })
  }
})

/** A folder with these files. */
function folderWith(files: Record<string, string>): string {
  const folder = tempFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

describe('the script', () => {
  const MAIN = '{"version":"1.0.0","nodeAgent":{"main":"a/m.ts"},"main":"b.js"}'
  const FOUND: [name: string, files: Record<string, string>, file: string][] = [
    ['is nodeAgent.main', { 'package.json': MAIN, 'a/m.ts': '' }, 'a/m.ts'],
    ['is main otherwise', { 'package.json': '{"main":"b.js"}', 'b.js': '' }, 'b.js'],
    ['may be in a folder below', { 'src/package.json': MAIN, 'src/a/m.ts': '' }, 'src/a/m.ts'],
    [
      'is never that of a dependency or of node-agent',
      {
        'node_modules/x/package.json': '{}',
        'tars_nodejs/node-agent/package.json': '{}',
        'zsrc/package.json': MAIN,
        'zsrc/a/m.ts': '',
      },
      'zsrc/a/m.ts',
    ],
  ]
  for (const [name, files, file] of FOUND) {
    it(name, () => {
      const folder = folderWith(files)
      assert.equal(findEntryPoint(folder).file, join(folder, file))
    })
  }

  const WRONG: [name: string, files: Record<string, string>, reason: string, says: RegExp][] = [
    [
      'there is no package.json',
      { 'src/x': '' },
      'no-package',
      /: no package\.json in it or below$/,
    ],
    ['it is not JSON', { 'package.json': '{' }, 'no-package', /package\.json: .*JSON/],
    ['it names no file', { 'package.json': MAIN }, 'no-entry', /names a\/m\.ts, not a file$/],
  ]
  for (const [name, files, reason, message] of WRONG) {
    it(`is refused when ${name}`, () => {
      assert.throws(() => findEntryPoint(folderWith(files)), { reason, message })
    })
  }

  it('is refused when the folder is not there', () => {
    assert.throws(() => findEntryPoint('/no/such/folder'), { reason: 'no-package' })
  })
})

describe('the TARS config', () => {
  const plan = (server: string) => {
    const text = `<tars>\n<application>\n<server>\n${server}\n</server>\n</application>\n</tars>`
    return launchPlanOf(parseTarsConfig(text, 'x.conf'))
  }

  it('says where tarsnode is, and where its commands come', () => {
    const { nodeObject, local } = plan(
      'node=tars.tarsnode.ServerObj@tcp -h 1.2.3.4 -p 19386\nlocal=tcp -h 127.0.0.1 -p 31234 -t 10000',
    )
    assert.equal(nodeObject, 'tars.tarsnode.ServerObj@tcp -h 1.2.3.4 -p 19386')
    assert.deepEqual(local, {
      transport: 'tcp',
      host: '127.0.0.1',
      port: 31_234,
      timeoutMs: 10_000,
    })
  })

  it('may say next to nothing', () => {
    const { nodeObject, local, logPrefix, maxExits, exitsWithinMs } = plan('')
    assert.deepEqual([nodeObject, local, logPrefix], [undefined, undefined, undefined])
    assert.deepEqual([maxExits, exitsWithinMs], [2, 10_000])
  })
})

describe('the limit of exits', () => {
  const CASES: [name: string, max: number, timesMs: number[], allowed: boolean[]][] = [
    ['the second within 10 s is too many', 2, [0, 9_999], [true, false]],
    ['the second after 10 s is not', 2, [0, 10_000, 20_000], [true, true, true]],
    ['three are allowed twice', 3, [0, 1, 2], [true, true, false]],
    ['one allows none', 1, [0], [false]],
  ]
  for (const [name, max, timesMs, allowed] of CASES) {
    it(name, () => {
      const limit = new ExitLimit(max, 10_000)
      assert.deepEqual(
        timesMs.map((timeMs) => limit.allows(timeMs)),
        allowed,
      )
    })
  }
})

describe('keepAlive', () => {
  it('comes every 10 s, the version once', async (t) => {
    const node = await TarsnodeDouble.start(t)
    const communicator = openCommunicator()
    t.after(() => closeCommunicator(communicator))
    const clock = new FakeClock()
    const reporter = new NodeReporter({
      communicator,
      object: `tars.tarsnode.ServerObj@${node.address}`,
      app: 'Alarm',
      server: 'AgentServer',
      version: '0.1.0',
      pid: 42,
      clock,
      log: silentLog,
    })
    reporter.start()
    await node.until(({ versions }) => versions.length === 1)
    for (let count = 2; count < 5; count++) {
      clock.advance(9_999)
      assert.equal(node.alive.length, count - 1)
      clock.advance(1)
      await node.until(({ alive }) => alive.length === count)
    }
    assert.deepEqual(node.versions, ['0.1.0'])
    reporter.stop()
    clock.advance(60_000)
    assert.equal(node.alive.length, 4)
  })
})
