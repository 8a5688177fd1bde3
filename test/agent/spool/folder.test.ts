import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openDataFolder } from '../../../src/agent/spool/folder.ts'
import { tempFolder } from '../support/temp-folder.ts'

describe('the data folder', () => {
  it('is made, and its agent keeps its id', () => {
    const path = join(tempFolder(), 'data', 'deep')
    const first = openDataFolder(path)
    assert.match(first.agent, /^[0-9a-f]{32}$/)
    first.release()
    const again = openDataFolder(path)
    assert.equal(again.agent, first.agent)
    again.release()
  })

  it('belongs to one agent at a time, also in one process', () => {
    const path = tempFolder()
    const first = openDataFolder(path)
    assert.throws(() => openDataFolder(path), {
      reason: 'locked',
      message: `data path ${path}: in use by another agent`,
    })
    first.release()
    openDataFolder(path).release()
  })

  it('is not taken from a process that lives, but from one that is dead', async (t) => {
    const path = tempFolder()
    const script = `import { openDataFolder } from './src/agent/spool/folder.ts'
      openDataFolder(${JSON.stringify(path)}); console.log('held'); setInterval(() => {}, 1e6)`
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => other.kill('SIGKILL'))
    await once(other.stdout, 'data')
    assert.throws(() => openDataFolder(path), { reason: 'locked' })
    other.kill('SIGKILL')
    await once(other, 'exit')
    openDataFolder(path).release()
  })

  it('gets a new id only when the old one cannot be read', () => {
    const path = tempFolder()
    writeFileSync(join(path, 'agent.json'), '{"agent":')
    const folder = openDataFolder(path)
    folder.release()
    assert.equal(JSON.parse(readFileSync(join(path, 'agent.json'), 'utf8')).agent, folder.agent)
  })

  it('that cannot be used is said in one line', () => {
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    assert.throws(() => openDataFolder(join(file, 'data')), {
      reason: 'unwritable',
      message: /^data path .*file\/data: ENOTDIR[^\n]*$/,
    })
  })
})
