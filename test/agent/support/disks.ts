import { type Disk, realDisk } from '../../../src/agent/spool/segment-writer.ts'

/** A disk whose fsyncs wait until they are let go. */
export class SlowDisk implements Disk {
  readonly create = realDisk.create
  readonly write = realDisk.write
  syncs = 0
  #waiting: (() => void)[] = []
  #held = false
  #onWaiting: () => void = () => {}

  hold(): void {
    this.#held = true
  }

  release(): void {
    this.#held = false
    for (const go of this.#waiting.splice(0)) go()
  }

  /** Resolves when an fsync waits. */
  async waiting(): Promise<void> {
    if (this.#waiting.length > 0) return
    await new Promise<void>((resolve) => {
      this.#onWaiting = resolve
    })
  }

  async sync(...args: Parameters<Disk['sync']>): Promise<void> {
    this.syncs++
    if (this.#held) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve)
        this.#onWaiting()
      })
    }
    await realDisk.sync(...args)
  }
}

/** A disk that is full, or breaks at fsync, while told so. Its fsync does nothing else: no power fails here. */
export class FailingDisk implements Disk {
  readonly create = realDisk.create
  fails: 'never' | 'write' | 'half-write' | 'sync' = 'never'

  async write(...[file, bytes]: Parameters<Disk['write']>): Promise<void> {
    if (this.fails === 'half-write') {
      await realDisk.write(file, bytes.subarray(0, bytes.length / 2))
    }
    if (this.fails === 'write' || this.fails === 'half-write') {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    }
    await realDisk.write(file, bytes)
  }

  async sync(): Promise<void> {
    if (this.fails === 'sync') throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' })
  }
}
