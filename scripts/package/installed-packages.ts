/** What of node_modules a set of packages needs at run time. */
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

/** Parts of packages that nobody loads. */
const USELESS_FOLDERS =
  /^(tests?|__tests__|docs?|examples?|bench(mark)?s?|coverage|\.[^/]*)\/|(^|\/)node_modules\//
const USELESS_FILES = /\.([cm]?ts|tsx|map|md|markdown|flow|tsbuildinfo)$/i
const LICENSE = /^(license|licence|copying|notice)/i

/** Folders of packages and of all they depend on, relative to `root`, sorted. */
export function packagesNeeded(root: string, names: readonly string[]): string[] {
  const found = new Set<string>()
  const open = names.map((name) => folderOf(root, root, name))
  for (let folder = open.pop(); folder !== undefined; folder = open.pop()) {
    if (found.has(folder)) continue
    found.add(folder)
    for (const name of dependenciesOf(folder)) open.push(folderOf(root, folder, name))
  }
  return [...found].map((folder) => slashed(relative(root, folder))).sort()
}

/** The files of one package that it needs to run, and its licence; relative to it, sorted. */
export function filesOfPackage(folder: string): string[] {
  return globSync('**/*', { cwd: folder })
    .map(slashed)
    .filter((file) => !USELESS_FOLDERS.test(file))
    .filter((file) => !USELESS_FILES.test(file) || LICENSE.test(file))
    .filter((file) => statSync(join(folder, file)).isFile())
    .sort()
}

function dependenciesOf(folder: string): string[] {
  const text = readFileSync(join(folder, 'package.json'), 'utf8')
  return Object.keys((JSON.parse(text) as { dependencies?: object }).dependencies ?? {})
}

/** As Node.js looks for it, from `from` upwards. */
function folderOf(root: string, from: string, name: string): string {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name)
    if (existsSync(join(folder, 'package.json'))) return folder
    if (at === root) throw new Error(`${relative(root, from)}: its dependency ${name} is missing`)
  }
}

function slashed(path: string): string {
  return path.split(sep).join('/')
}
