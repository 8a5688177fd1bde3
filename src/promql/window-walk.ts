import type { Grid, RowSink } from './frame.ts'
import { type Ranges, type Samples, type Window, Windows } from './range-series.ts'

/** To move a window is as much work as so many samples. */
const WINDOW_WORK = 8

/** What becomes of windows. */
export interface WindowWork {
  /** Of one with samples; undefined where there is no answer. */
  readonly compute: (window: Window, step: number) => number | undefined
  /** Told of each series that has an answer. */
  readonly note: ((series: number) => void) | undefined
}

/** Goes over all windows of all series, in as many parts as it takes. */
export class WindowWalk {
  /** Series with a sample. */
  used = 0
  readonly #ranges: Ranges
  readonly #steps: number
  readonly #windows: Windows
  readonly #work: WindowWork
  readonly #sink: RowSink
  #series = 0
  #step = 0

  constructor(ranges: Ranges, grid: Grid, work: WindowWork, sink: RowSink) {
    this.#ranges = ranges
    this.#steps = grid.steps
    this.#windows = new Windows(ranges, grid)
    this.#work = work
    this.#sink = sink
  }

  get isDone(): boolean {
    return this.#series === this.#ranges.series.length
  }

  /** Goes on for about so many samples, if there are; returns how many they were. */
  advance(samples: number): number {
    const { series } = this.#ranges
    let done = 0
    while (done < samples && this.#series < series.length) {
      if (this.#step === 0) {
        this.#windows.enter(series[this.#series] as Samples)
        this.#sink.begin(this.#series)
      }
      done += this.#slide(samples - done)
      if (this.#step < this.#steps) continue
      this.#end(this.#series++)
      this.#step = 0
    }
    return done
  }

  #slide(samples: number): number {
    let done = 0
    let step = this.#step
    for (; step < this.#steps && done < samples; step++) {
      const window = this.#windows.at(step)
      done += WINDOW_WORK + window.to - window.from
      if (window.from === window.to) continue
      const value = this.#work.compute(window, step)
      if (value !== undefined) this.#sink.set(step, value)
    }
    this.#step = step
    return done
  }

  #end(series: number): void {
    if (!this.#sink.end()) return
    this.used++
    this.#work.note?.(series)
  }
}
