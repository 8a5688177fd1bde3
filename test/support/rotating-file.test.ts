import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createLog } from '../../src/support/log.ts'
import { RotatingFile } from '../../src/support/rotating-file.ts'

const root = mkdtempSync(join(tmpdir(), 'tars-alarm-log-'))
after(() => rmSync(root, { recursive: true, force: true }))

let folders = 0
function open({
  maxBytes = 100,
  maxFiles = 3,
  folder = join(root, `${++folders}`, 'a', 'b'),
} = {}) {
  const file = new RotatingFile(join(folder, 'x.log'), { maxBytes, maxFiles })
  after(() => file.close())
  return { file, folder }
}

/** Ten bytes. */
const line = (n: number) => `${String(n).padStart(9, '0')}\n`
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => line(from + i)).join('')
const textOf = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8')

describe('a rotating file', () => {
  it('makes its folders and has each line at once', () => {
    const { file, folder } = open()
    file.write(line(1))
    assert.equal(textOf(folder, 'x.log'), line(1))
  })

  it('keeps the last files, the newest without a number', () => {
    const { file, folder } = open()
    for (let n = 0; n < 55; n++) file.write(line(n))
    assert.deepEqual(readdirSync(folder).sort(), ['x.log', 'x1.log', 'x2.log'])
    assert.equal(textOf(folder, 'x.log'), lines(50, 55))
    assert.equal(textOf(folder, 'x1.log'), lines(40, 50))
    assert.equal(textOf(folder, 'x2.log'), lines(30, 40))
    assert.equal(file.lost, 0)
  })

  it('goes on where an earlier process stopped', () => {
    const { file, folder } = open()
    for (let n = 0; n < 5; n++) file.write(line(n))
    file.close()
    const next = open({ folder }).file
    for (let n = 5; n < 12; n++) next.write(line(n))
    assert.equal(textOf(folder, 'x1.log'), lines(0, 10))
    assert.equal(textOf(folder, 'x.log'), lines(10, 12))
  })

  it('may be one file', () => {
    const { file, folder } = open({ maxFiles: 1 })
    for (let n = 0; n < 15; n++) file.write(line(n))
    assert.deepEqual(readdirSync(folder), ['x.log'])
    assert.equal(textOf(folder, 'x.log'), lines(10, 15))
  })

  it('counts bytes, not letters, and cuts a line that is larger than a file', () => {
    const { file, folder } = open()
    for (let n = 0; n < 20; n++) file.write('报警报警报警报警报警\n')
    file.write('x'.repeat(1_000))
    for (const name of readdirSync(folder))
      assert.ok(statSync(join(folder, name)).size <= 100, name)
    assert.equal(textOf(folder, 'x.log'), 'x'.repeat(100))
  })

  it('leaves out what the disk does not take, counts it, and goes on when it does', () => {
    const folder = join(root, 'blocked')
    writeFileSync(folder, 'a file where a folder is wanted')
    const { file } = open({ folder })
    assert.match(file.trouble ?? '', /EEXIST|ENOTDIR/)
    file.write(line(1))
    file.write(line(2))
    assert.equal(file.lost, 2)
    rmSync(folder)
    file.write(line(3))
    assert.equal(file.trouble, undefined)
    assert.equal(textOf(folder, 'x.log'), line(3))
  })

  it('does not grow when it cannot rotate, and goes on when it can', () => {
    const { file, folder } = open()
    for (let n = 0; n < 10; n++) file.write(line(n))
    mkdirSync(join(folder, 'x2.log', 'in the way'), { recursive: true })
    for (let n = 10; n < 15; n++) file.write(line(n))
    assert.equal(file.lost, 5)
    assert.equal(textOf(folder, 'x.log'), lines(0, 10))
    rmSync(join(folder, 'x2.log'), { recursive: true })
    file.write(line(15))
    assert.equal(textOf(folder, 'x1.log'), lines(0, 10))
    assert.equal(textOf(folder, 'x.log'), line(15))
  })
})

describe('a log with a file', () => {
  it('writes to it what its level lets through, without secrets', () => {
    const { file, folder } = open({ maxBytes: 10_000 })
    const log = createLog('test', 'error', file)
    log.warn('not this')
    log.error({ env_key: 'secret' }, 'this')
    const entry = JSON.parse(textOf(folder, 'x.log'))
    assert.partialDeepStrictEqual(entry, { name: 'test', msg: 'this', env_key: '[cut]' })
    assert.equal(existsSync(join(folder, 'x1.log')), false)
  })

  it('has a debug line when it should', () => {
    const { file, folder } = open({ maxBytes: 10_000 })
    createLog('test', 'debug', file).debug('detail')
    assert.equal(JSON.parse(textOf(folder, 'x.log')).msg, 'detail')
  })
})
