/**
 * The disk as the store sees it, below one folder: counts every change of it, and can fail or die at any of them.
 * Stands in for Node's own functions, so that nothing in the store knows of it.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

export interface Step {
  readonly call: string
  readonly path: string
}

/** What happens at a step. `half`: half of what is written is, before that. */
export type Verdict = { readonly half?: boolean } & (
  | { readonly fails: string }
  /** `kept`: the part that is still there of what was not made durable. */
  | { readonly dies: 'process' | 'power'; readonly kept: number }
)

type Judge = (step: Step, number: number) => Verdict | undefined
type Call = (...args: unknown[]) => Promise<unknown>
type Handle = Awaited<ReturnType<typeof promises.open>>

const OF_FOLDER = ['open', 'rename', 'rm', 'unlink', 'truncate', 'mkdir', 'link'] as const
const OF_FILE = ['write', 'writev', 'writeFile', 'datasync', 'sync', 'truncate'] as const

export class Disk {
  /** Changes so far. */
  steps = 0
  readonly #folder: string
  readonly #judge: Judge
  readonly #paths = new WeakMap<object, string>()
  /** Bytes of each file that survive a power cut; what was there before it was opened does. */
  readonly #durable = new Map<string, number>()
  readonly #undo: (() => void)[] = []

  private constructor(folder: string, judge: Judge) {
    this.#folder = folder
    this.#judge = judge
  }

  /** From now on, until `remove`. */
  static async below(folder: string, judge: Judge): Promise<Disk> {
    const disk = new Disk(folder, judge)
    const file = await promises.open(process.execPath, 'r')
    const prototype: object = Object.getPrototypeOf(file)
    await file.close()
    for (const name of OF_FILE) {
      disk.#replace(prototype, name, (original) => {
        return function (this: Handle, ...args: unknown[]) {
          return disk.#ofFile(this, name, original, args)
        }
      })
    }
    for (const name of OF_FOLDER) {
      disk.#replace(promises, name, (original) => {
        return (...args) => disk.#ofFolder(name, original, args)
      })
    }
    syncBuiltinESMExports()
    return disk
  }

  remove(): void {
    for (const undo of this.#undo) undo()
    syncBuiltinESMExports()
  }

  #replace(owner: object, name: string, make: (original: Call) => Call): void {
    const original: Call = Reflect.get(owner, name)
    Reflect.set(owner, name, make(original))
    this.#undo.push(() => Reflect.set(owner, name, original))
  }

  async #ofFolder(call: string, original: Call, args: unknown[]): Promise<unknown> {
    const [path, to] = [String(args[0]), String(args[1])]
    if (!path.startsWith(this.#folder)) return original(...args)
    if (call !== 'open' || to !== 'r') await this.#step({ call, path })
    const result = await original(...args)
    if (call === 'open') await this.#opened(result as Handle, path)
    if (call === 'rename') this.#durable.set(to, this.#durable.get(path) ?? Infinity)
    if (call === 'rename' || call === 'rm' || call === 'unlink') this.#durable.delete(path)
    return result
  }

  async #ofFile(file: Handle, call: string, original: Call, args: unknown[]): Promise<unknown> {
    const path = this.#paths.get(file)
    if (path === undefined) return original.apply(file, args)
    await this.#step({ call, path }, () => original.apply(file, halfOf(call, args)))
    const { size } = await file.stat()
    const result = await original.apply(file, args)
    if (call === 'sync' || call === 'datasync') this.#durable.set(path, size)
    return result
  }

  async #opened(file: Handle, path: string): Promise<void> {
    this.#paths.set(file, path)
    const { size } = await file.stat()
    this.#durable.set(path, Math.min(size, this.#durable.get(path) ?? size))
  }

  async #step(step: Step, half?: () => Promise<unknown>): Promise<void> {
    const verdict = this.#judge(step, ++this.steps)
    if (!verdict) return
    if (verdict.half && half && /^write/.test(step.call)) await half()
    if ('fails' in verdict) throw diskError(verdict.fails, step)
    if (verdict.dies === 'power') this.#cutPower(verdict.kept)
    process.kill(process.pid, 'SIGKILL')
  }

  #cutPower(kept: number): void {
    for (const [path, bytes] of this.#durable) {
      try {
        const fd = openSync(path, 'r+')
        const { size } = fstatSync(fd)
        if (size > bytes) ftruncateSync(fd, Math.floor(bytes + kept * (size - bytes)))
        closeSync(fd)
      } catch {
        // It is gone by now, or a folder.
      }
    }
  }
}

function halfOf(call: string, args: unknown[]): unknown[] {
  if (call === 'write') {
    const [bytes, offset, length, position] = args
    return [bytes, offset, Number(length) >> 1, position]
  }
  const [data] = args
  return typeof data === 'string' ? [data.slice(0, data.length >> 1)] : [[]]
}

function diskError(code: string, { call, path }: Step): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path })
}
