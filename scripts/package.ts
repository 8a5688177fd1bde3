/**
 * `npm run package -- [--out DIR] [--node FILE] [--node-agent DIR]`: builds the package that TarsWeb
 * uploads, `dist/alarm-agentserver-<version>.tgz`. The same input makes the same bytes.
 */
import { createWriteStream, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { createGzip } from 'node:zlib'
import {
  contentsOf,
  type PackageContents,
  type PackageOptions,
} from './package/package-contents.ts'
import { tarArchive } from './package/tar-archive.ts'

const root = dirname(import.meta.dirname)

export interface BuildOptions extends Partial<PackageOptions> {
  /** The folder it is written to; made where it is missing. */
  readonly out: string
  /** Of gzip, 1 to 9. */
  readonly level?: number
}

export interface Built {
  readonly file: string
  readonly bytes: number
  readonly contents: PackageContents
}

/** Builds the package. @throws {Error} What it needs is not there. */
export async function buildPackage(options: BuildOptions): Promise<Built> {
  const { out, level = 6, node = join(root, 'node_modules/node/bin/node') } = options
  const contents = contentsOf({ root, node, nodeAgent: options.nodeAgent })
  mkdirSync(out, { recursive: true })
  const file = join(out, `alarm-agentserver-${contents.version}.tgz`)
  const archive = Readable.from(tarArchive(contents.entries), { objectMode: true })
  await pipeline(archive, createGzip({ level }), createWriteStream(file))
  return { file, bytes: statSync(file).size, contents }
}

function describe({ file, bytes, contents }: Built): string[] {
  const part = (name: string, pattern: RegExp) => {
    const entries = contents.entries.filter(({ path }) => pattern.test(path))
    const size = entries.reduce((sum, { content }) => sum + content.length, 0)
    return `  ${megabytes(size).padStart(9)}  ${String(entries.length).padStart(4)} files  ${name}`
  }
  return [
    `${file}: ${megabytes(bytes)}, unpacked:`,
    part('src: the agent', /^AgentServer\/AgentServer\/src\/(?!node_modules\/)/),
    part(`src/node_modules: ${contents.packages.length} packages`, /\/src\/node_modules\//),
    part('tars_nodejs/node-agent', /\/tars_nodejs\/node-agent\//),
    part('tars_nodejs/node24: Node.js', /\/tars_nodejs\/node24\//),
  ]
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1)} MB`
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string', default: 'dist' },
        node: { type: 'string' },
        'node-agent': { type: 'string' },
      },
    })
    const { out, node, 'node-agent': nodeAgent } = values
    const built = await buildPackage({
      out,
      ...(node && { node }),
      ...(nodeAgent && { nodeAgent }),
    })
    for (const line of describe(built)) console.log(line)
  } catch (error) {
    console.error(`package: ${error instanceof Error ? error.message : error}`)
    process.exit(1)
  }
}
