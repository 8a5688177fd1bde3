/** Writes tar archives (ustar) that depend on nothing but their entries. */

export interface TarEntry {
  /** With `/`, relative. */
  readonly path: string
  readonly content: Uint8Array
  readonly executable: boolean
}

const BLOCK = 512
const MAX_NAME = 100
const MAX_PREFIX = 155
/** Of every entry: 2020-01-01. Some programs warn of files from 1970. */
const MTIME_SECONDS = 1_577_836_800

/** The bytes of the archive, piece by piece, sorted by path; folders come before what they hold. */
export function* tarArchive(entries: readonly TarEntry[]): Generator<Uint8Array> {
  const sorted = [...entries].sort((a, b) => compare(a.path, b.path))
  const folders = new Set<string>()
  for (const { path, content, executable } of sorted) {
    for (const folder of foldersOf(path)) {
      if (folders.has(folder)) continue
      folders.add(folder)
      yield header({ path: `${folder}/`, type: '5', mode: 0o755, size: 0 })
    }
    yield header({ path, type: '0', mode: executable ? 0o755 : 0o644, size: content.length })
    yield content
    yield Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)
  }
  yield Buffer.alloc(2 * BLOCK)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function foldersOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'))
}

interface Head {
  readonly path: string
  readonly type: '0' | '5'
  readonly mode: number
  readonly size: number
}

function header({ path, type, mode, size }: Head): Buffer {
  const block = Buffer.alloc(BLOCK)
  const [prefix, name] = splitName(path)
  block.write(name, 0)
  block.write(octal(mode, 7), 100)
  block.write(octal(0, 7), 108)
  block.write(octal(0, 7), 116)
  block.write(octal(size, 11), 124)
  block.write(octal(MTIME_SECONDS, 11), 136)
  block.write(' '.repeat(8), 148)
  block.write(type, 156)
  block.write('ustar\0' + '00', 257)
  block.write(prefix, 345)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${octal(sum, 6)}\0 `, 148)
  return block
}

/** ustar keeps the end of a long path in the name and its beginning in the prefix. */
function splitName(path: string): [prefix: string, name: string] {
  if (Buffer.byteLength(path) <= MAX_NAME) return ['', path]
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)]
    if (name === '') break
    if (Buffer.byteLength(name) <= MAX_NAME && Buffer.byteLength(prefix) <= MAX_PREFIX) {
      return [prefix, name]
    }
  }
  throw new RangeError(`'${path}' is too long for ustar`)
}

function octal(value: number, digits: number): string {
  const text = value.toString(8).padStart(digits, '0')
  if (text.length > digits) throw new RangeError(`${value} does not fit into ${digits} digits`)
  return text
}
