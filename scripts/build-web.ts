/**
 * Builds the console (src/web) into dist/web, unless that was done for the same inputs.
 * Run with the pinned Node. Progress on stderr.
 */
import { createHash } from 'node:crypto'
import {
  existsSync,
  globSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const source = join(root, 'src/web')
const target = join(root, 'dist/web')
/** Beside the folder: what is in it is served. */
const mark = join(root, 'dist/web.inputs')

function inputsHash(): string {
  const hash = createHash('sha256')
  const inputs = [
    ...globSync('**/*', { cwd: source }).map((file) => join(source, file)),
    join(root, 'package-lock.json'),
    import.meta.filename,
  ]
  for (const file of inputs.filter((input) => statSync(input).isFile()).sort()) {
    hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0')
  }
  return hash.digest('hex')
}

function isBuilt(inputs: string): boolean {
  const made = existsSync(join(target, 'index.html')) && existsSync(mark)
  return made && readFileSync(mark, 'utf8') === inputs
}

/** Returns the folder of the console, built from what is in src/web now; `tell` hears what goes on. */
export async function buildWeb(tell: (line: string) => void = onStderr): Promise<string> {
  const inputs = inputsHash()
  if (isBuilt(inputs)) return target
  tell('building the console into dist/web ...')
  const started = performance.now()
  const fresh = `${target}-${process.pid}`
  await bundle(fresh)
  // Builds may run side by side: each makes its own folder, and the first swaps it in.
  if (isBuilt(inputs)) {
    rmSync(fresh, { recursive: true })
    return target
  }
  rmSync(mark, { force: true })
  rmSync(target, { recursive: true, force: true })
  renameSync(fresh, target)
  writeFileSync(mark, inputs)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  tell(`built the console in ${seconds} s`)
  return target
}

function onStderr(line: string): void {
  process.stderr.write(`tars-alarm: ${line}\n`)
}

async function bundle(outDir: string): Promise<void> {
  // Only a build that is needed pays for loading these.
  const [{ build }, { default: vue }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-vue'),
  ])
  await build({
    root: source,
    base: './',
    configFile: false,
    logLevel: 'warn',
    plugins: [vue()],
    define: {
      __VUE_I18N_LEGACY_API__: 'false',
      __INTLIFY_PROD_DEVTOOLS__: 'false',
    },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 800,
    },
  })
}

if (import.meta.main) await buildWeb()
