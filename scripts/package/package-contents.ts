/** What is in the package, in the layout of tars-deploy. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { importGraphOf } from './import-graph.ts'
import { filesOfPackage, packagesNeeded } from './installed-packages.ts'
import { strippedModule } from './stripped-module.ts'
import type { TarEntry } from './tar-archive.ts'

export interface PackageOptions {
  /** Of this project. */
  readonly root: string
  /** The Node.js binary to ship. */
  readonly node: string
  /** A node-agent to ship instead of our launcher. */
  readonly nodeAgent?: string | undefined
}

/** tarsnode copies what is in it to `bin/`. */
const HOME = 'AgentServer/AgentServer'
/** What node-agent loads, and our launcher starts. */
const ENTRY = 'src/agent/node-agent.ts'
const LAUNCHER = 'src/launcher/main.ts'

/** What the package is made of, by part. */
export interface PackageContents {
  readonly version: string
  readonly packages: readonly string[]
  readonly entries: readonly TarEntry[]
}

export function contentsOf(options: PackageOptions): PackageContents {
  const { root, nodeAgent } = options
  const starts = [ENTRY, ...(nodeAgent ? [] : [LAUNCHER])]
  const graph = importGraphOf(starts.map((path) => join(root, path)))
  const packages = packagesNeeded(root, graph.packages)
  const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const home = (path: string) => `${HOME}/${path}`
  const entries = [
    text(home('src/package.json'), packageJson({ version, license })),
    file(home('src/LICENSE'), join(root, 'LICENSE')),
    ...graph.files.map((path) => module(home(`src/${relative(root, path)}`), path)),
    ...packages.flatMap((folder) => folderEntries(home(`src/${folder}`), join(root, folder))),
    ...(nodeAgent ? givenAgent(home('tars_nodejs/node-agent'), nodeAgent) : ownAgent(home)),
    { ...file(home('tars_nodejs/node'), join(import.meta.dirname, 'node.sh')), executable: true },
    ...nodeEntries(home('tars_nodejs/node24'), options),
  ]
  return { version, packages, entries }
}

function packageJson({ version, license }: { version: string; license: string }): string {
  const content = {
    name: 'Alarm.AgentServer',
    version,
    license,
    private: true,
    type: 'module',
    engines: { node: '>=24' },
    nodeAgent: { main: jsName(ENTRY) },
  }
  return `${JSON.stringify(content, null, 2)}\n`
}

function folderEntries(path: string, folder: string): TarEntry[] {
  return filesOfPackage(folder).map((name) => file(`${path}/${name}`, join(folder, name)))
}

function ownAgent(home: (path: string) => string): TarEntry[] {
  const script = file(
    home('tars_nodejs/node-agent/bin/node-agent'),
    join(import.meta.dirname, 'node-agent.js'),
  )
  return [
    text(home('tars_nodejs/node-agent/package.json'), '{ "type": "module", "private": true }\n'),
    { ...script, executable: true },
  ]
}

/** With all it has: what it loads is not ours to know. */
function givenAgent(path: string, folder: string): TarEntry[] {
  if (!existsSync(join(folder, 'bin/node-agent'))) {
    throw new Error(`--node-agent ${folder}: there is no bin/node-agent in it`)
  }
  return globSync('**/*', { cwd: folder })
    .filter((name) => !/(^|\/)\.(bin|git)\//.test(name))
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => ({
      ...file(`${path}/${name}`, join(folder, name)),
      executable: name === 'bin/node-agent',
    }))
}

function nodeEntries(path: string, { root, node }: PackageOptions): TarEntry[] {
  const [license] = globSync('node_modules/node/node_modules/node-*/LICENSE', { cwd: root })
  return [
    { ...file(`${path}/node`, node), executable: true },
    ...(license === undefined ? [] : [file(`${path}/LICENSE`, join(root, license))]),
  ]
}

function module(path: string, from: string): TarEntry {
  return text(jsName(path), strippedModule(readFileSync(from, 'utf8')))
}

function jsName(path: string): string {
  return path.replace(/\.ts$/, '.js')
}

function file(path: string, from: string): TarEntry {
  return { path, content: readFileSync(from), executable: false }
}

function text(path: string, content: string): TarEntry {
  return { path, content: Buffer.from(content), executable: false }
}
