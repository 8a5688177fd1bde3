import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ConfigSource } from '../../src/agent/config-source.ts'
import { silentLog } from '../../src/support/log.ts'
import { tempFolder } from './support/temp-folder.ts'

const conf = (key: string, more = '') => `<main>\nenv_key=${key}\n${more}</main>\n`

interface Places {
  /** What tarsconfig has; an error when it fails; undefined: there is no tarsconfig. */
  readonly pulled?: string | Error
  readonly copy?: string
  readonly file?: string
}

function sourceOf({ pulled, copy, file }: Places) {
  const folder = tempFolder()
  const paths = { copy: join(folder, 'data/AgentServer.conf'), file: join(folder, 'beside.conf') }
  if (copy !== undefined) {
    mkdirSync(join(folder, 'data'))
    writeFileSync(paths.copy, copy)
  }
  if (file !== undefined) writeFileSync(paths.file, file)
  const answer = { pulled }
  const pull = async () => {
    if (answer.pulled instanceof Error) throw answer.pulled
    return answer.pulled ?? ''
  }
  const source = new ConfigSource({
    puller: pulled === undefined ? undefined : { pull },
    dataPath: join(folder, 'data'),
    file: paths.file,
    log: silentLog,
  })
  return { source, paths, answer }
}

const silent = new Error('no answer in time')

describe('AgentServer.conf at the start is', () => {
  const table: [name: string, places: Places, key: string, origin: string, passedOver: RegExp[]][] =
    [
      [
        'what tarsconfig has',
        { pulled: conf('new'), copy: conf('old'), file: conf('shipped') },
        'new',
        'tarsconfig',
        [],
      ],
      [
        'the last good copy when tarsconfig is silent',
        { pulled: silent, copy: conf('old'), file: conf('shipped') },
        'old',
        'last good copy',
        [/no answer in time/],
      ],
      [
        'the last good copy when what tarsconfig has is bad, and says each fault',
        { pulled: conf('k', 'windov=1s\nwindow=7s\n'), copy: conf('old') },
        'old',
        'last good copy',
        [/^tarsconfig:AgentServer\.conf:3: unknown key 'windov'/, /^tarsconfig:.*:4: window: '7s'/],
      ],
      [
        'the file beside the TARS config when there never was a good one',
        { pulled: silent, file: conf('shipped') },
        'shipped',
        'file',
        [/no answer in time/],
      ],
      [
        'the file when the copy is damaged',
        { pulled: silent, copy: '<main', file: conf('shipped') },
        'shipped',
        'file',
        [/no answer in time/, /data\/AgentServer\.conf:1: /],
      ],
      [
        'the file, not the copy, when there is no tarsconfig',
        { copy: conf('old'), file: conf('shipped') },
        'shipped',
        'file',
        [],
      ],
    ]
  for (const [name, places, key, origin, passedOver] of table) {
    it(name, async () => {
      const found = await sourceOf(places).source.find()
      assert.equal(found.config.envKey, key)
      assert.equal(found.origin, origin)
      assert.equal(found.passedOver.length, passedOver.length)
      for (const [i, line] of found.passedOver.entries()) assert.match(line, passedOver[i] ?? /^$/)
    })
  }

  it('nowhere: says of each place why', async () => {
    const { source } = sourceOf({ pulled: silent })
    await assert.rejects(source.find(), {
      name: 'AgentConfigError',
      message: /^no answer in time\n.*beside\.conf: ENOENT/,
    })
  })

  it('joined of application, set, server and node: the last wins', async () => {
    const joined = `${conf('of-app', 'window=5s\n')}\n${conf('of-node')}`
    const { config } = await sourceOf({ pulled: joined }).source.find()
    assert.deepEqual([config.envKey, config.windowMs], ['of-node', 5_000])
  })
})

describe('the last good copy', () => {
  it('is what tarsconfig had, for the eyes of the user alone', async () => {
    const { source, paths } = sourceOf({ pulled: conf('the-key') })
    source.keep(await source.find())
    assert.equal(readFileSync(paths.copy, 'utf8'), conf('the-key'))
    assert.equal(statSync(paths.copy).mode & 0o777, 0o600)
  })

  it('closes a copy that others could read', async () => {
    const { source, paths } = sourceOf({ pulled: conf('new'), copy: conf('old') })
    source.keep(await source.find())
    assert.equal(readFileSync(paths.copy, 'utf8'), conf('new'))
    assert.equal(statSync(paths.copy).mode & 0o777, 0o600)
  })

  it('is not written into what a crash left behind, which others could read', async () => {
    const { source, paths } = sourceOf({ pulled: conf('new'), copy: conf('old') })
    writeFileSync(`${paths.copy}.part`, 'half')
    source.keep(await source.find())
    assert.equal(statSync(paths.copy).mode & 0o777, 0o600)
  })

  it('is never made of the file', async () => {
    const { source, paths } = sourceOf({ pulled: silent, file: conf('shipped') })
    source.keep(await source.find())
    assert.throws(() => statSync(paths.copy), { code: 'ENOENT' })
  })

  it('that cannot be written stops nothing', async () => {
    const { source, paths } = sourceOf({ pulled: conf('k') })
    writeFileSync(join(paths.copy, '..'), 'a file where the folder should be')
    source.keep(await source.find())
  })
})

describe('AgentServer.conf at run time', () => {
  it('is what tarsconfig has now', async () => {
    const { source, answer } = sourceOf({ pulled: conf('one') })
    const { origin } = await source.find()
    answer.pulled = conf('two')
    assert.equal((await source.findAgain(origin)).config.envKey, 'two')
  })

  it('is not replaced by the copy or a file it was not made of', async () => {
    const { source, answer } = sourceOf({ pulled: conf('one'), copy: conf('x'), file: conf('y') })
    const { origin } = await source.find()
    answer.pulled = silent
    await assert.rejects(source.findAgain(origin), { message: 'no answer in time' })
  })

  it('is read from the file again when it came from there', async () => {
    const { source, paths } = sourceOf({ pulled: silent, file: conf('one') })
    const { origin } = await source.find()
    writeFileSync(paths.file, conf('two'))
    assert.equal((await source.findAgain(origin)).config.envKey, 'two')
  })
})
