/** How the package is put together; a text stands for the binary of Node.js. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { importGraphOf } from '../../scripts/package/import-graph.ts'
import { filesOfPackage, packagesNeeded } from '../../scripts/package/installed-packages.ts'
import { strippedModule } from '../../scripts/package/stripped-module.ts'
import { type TarEntry, tarArchive } from '../../scripts/package/tar-archive.ts'
import { buildPackage } from '../../scripts/package.ts'
import { tempFolder } from '../agent/support/temp-folder.ts'

function write(folder: string, files: Record<string, string>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

const digestOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

describe('the same input makes the same bytes', () => {
  it('whenever and wherever it is built', async () => {
    const digests: string[] = []
    for (const seconds of [1e9, 1.5e9]) {
      const folder = write(tempFolder(), { node: 'a program' })
      utimesSync(join(folder, 'node'), seconds, seconds)
      const { file } = await buildPackage({ out: folder, node: join(folder, 'node') })
      digests.push(digestOf(file))
    }
    assert.equal(digests[0], digests[1])
  })

  it('in whatever order the entries come', () => {
    const entries = ['b/x', 'a', 'b-c', 'b/y/z'].map(entry)
    const bytes = Buffer.concat([...tarArchive(entries)])
    assert.deepEqual(bytes, Buffer.concat([...tarArchive(entries.toReversed())]))
  })
})

describe('the archive', () => {
  it('is what the system’s tar understands: paths, modes, contents', () => {
    const long = `${'f'.repeat(60)}/${'g'.repeat(60)}/${'名'.repeat(20)}`
    const entries = [entry('a'), { ...entry('d/run'), executable: true }, entry(long)]
    const folder = tempFolder()
    writeFileSync(join(folder, 'x.tar'), Buffer.concat([...tarArchive(entries)]))
    const listed = execFileSync('tar', ['tvf', 'x.tar', '--utc', '--quoting-style=literal'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    assert.deepEqual(
      listed.split('\n').map((line) => line.replace(/ +/g, ' ')),
      [
        '-rw-r--r-- 0/0 1 2020-01-01 00:00 a',
        'drwxr-xr-x 0/0 0 2020-01-01 00:00 d/',
        '-rwxr-xr-x 0/0 5 2020-01-01 00:00 d/run',
        `drwxr-xr-x 0/0 0 2020-01-01 00:00 ${dirname(dirname(long))}/`,
        `drwxr-xr-x 0/0 0 2020-01-01 00:00 ${dirname(long)}/`,
        `-rw-r--r-- 0/0 ${Buffer.byteLength(long)} 2020-01-01 00:00 ${long}`,
        '',
      ],
    )
    execFileSync('tar', ['xf', 'x.tar'], { cwd: folder })
    assert.equal(readFileSync(join(folder, long), 'utf8'), long)
  })

  it('refuses a path that ustar cannot hold', () => {
    const tooLong = [entry('n'.repeat(101)), entry(`${'d'.repeat(156)}/f`)]
    for (const each of tooLong) assert.throws(() => [...tarArchive([each])], /too long for ustar/)
  })
})

describe('what is needed at run time', () => {
  it('is what the entry reaches by imports of values', () => {
    const folder = write(tempFolder(), {
      'main.ts': [
        "import { a } from './a.ts'",
        "import type { T } from './types.ts'",
        "import 'side-effect'",
        "import {\n  type B,\n  b,\n} from '@scope/name/sub'",
        "export * from './b.ts'",
        "import { readFileSync } from 'node:fs'",
        "const lazy = () => import('lazy-one')",
        "const file = new URL('./worker.ts', import.meta.url)",
      ].join('\n'),
      'a.ts': "import { main } from './main.ts'\nimport x from 'x'",
      'b.ts': '',
      'worker.ts': '',
      'types.ts': "import 'not-reached'",
    })
    const { files, packages } = importGraphOf([join(folder, 'main.ts')])
    assert.deepEqual(
      files,
      ['a.ts', 'b.ts', 'main.ts', 'worker.ts'].map((name) => join(folder, name)),
    )
    assert.deepEqual(packages, ['@scope/name', 'lazy-one', 'side-effect', 'x'])
  })

  const PACKAGES = {
    'node_modules/a/package.json': '{"dependencies":{"b":"1","c":"1"}}',
    'node_modules/a/node_modules/b/package.json': '{"dependencies":{"c":"1"}}',
    'node_modules/b/package.json': '{}',
    'node_modules/c/package.json': '{"dependencies":{"a":"1"},"devDependencies":{"z":"1"}}',
  }

  it('of packages is what they depend on, found as Node.js finds it', () => {
    const root = write(tempFolder(), PACKAGES)
    assert.deepEqual(packagesNeeded(root, ['a']), [
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ])
  })

  it('is told by name when it is not installed', () => {
    const root = write(tempFolder(), {
      'node_modules/a/package.json': '{"dependencies":{"q":"1"}}',
    })
    assert.throws(() => packagesNeeded(root, ['a']), /node_modules\/a: its dependency q is missing/)
  })

  it('of a package is no test, text, type or source map; but its licence', () => {
    const folder = write(tempFolder(), {
      'package.json': '{}',
      'index.js': '',
      'lib/test/index.js': '',
      'LICENSE.md': '',
      'README.md': '',
      'index.d.ts': '',
      'index.js.map': '',
      'test/a.js': '',
      'docs/a.js': '',
      'node_modules/b/index.js': '',
    })
    assert.deepEqual(filesOfPackage(folder), [
      'LICENSE.md',
      'index.js',
      'lib/test/index.js',
      'package.json',
    ])
  })
})

it('a module loses its types and nothing else: its lines stay where they were', () => {
  const lines = [
    "import { a, type T } from './a.ts'",
    "import type { B } from './b.ts'",
    "export * from '../c.d.ts'",
    "const text: string = 'read it.ts'",
    "const lazy = () => import('./lazy.ts')",
    "const file = new URL('./worker.ts', import.meta.url)",
    "import 'package.ts'",
  ]
  assert.deepEqual(
    strippedModule(lines.join('\n'))
      .split('\n')
      .map((line) => line.replaceAll(/ +/g, ' ').trim()),
    [
      "import { a, } from './a.js'",
      '',
      "export * from '../c.d.js'",
      "const text = 'read it.ts'",
      "const lazy = () => import('./lazy.js')",
      "const file = new URL('./worker.js', import.meta.url)",
      "import 'package.ts'",
    ],
  )
})

describe('--node-agent', () => {
  const AGENT = { 'bin/node-agent': 'agent', 'lib/a.js': 'a', 'node_modules/x/README.md': 'kept' }

  it('packs that node-agent whole, and our launcher not', async () => {
    const folder = write(tempFolder(), { node: 'a program' })
    const nodeAgent = write(join(folder, 'agent'), AGENT)
    mkdirSync(join(nodeAgent, 'node_modules/.bin'))
    symlinkSync('../x', join(nodeAgent, 'node_modules/.bin/x'))
    const { contents } = await buildPackage({ out: folder, node: join(folder, 'node'), nodeAgent })
    const inAgent = contents.entries.filter(({ path }) => path.includes('/node-agent/'))
    assert.deepEqual(
      inAgent.map(({ path, executable }) => [path.split('/node-agent/')[1], executable]).sort(),
      [
        ['bin/node-agent', true],
        ['lib/a.js', false],
        ['node_modules/x/README.md', false],
      ],
    )
    assert.ok(!contents.entries.some(({ path }) => path.includes('/launcher/')))
  })

  it('must have bin/node-agent', async () => {
    const folder = write(tempFolder(), { node: 'a program' })
    const options = { out: folder, node: join(folder, 'node'), nodeAgent: folder }
    await assert.rejects(buildPackage(options), /there is no bin\/node-agent in it/)
  })
})

function entry(path: string): TarEntry {
  return { path, content: Buffer.from(path), executable: false }
}
