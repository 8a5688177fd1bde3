import type { Label } from './label.ts'

export interface LabelLimits {
  /** Of one series. */
  readonly maxLabels: number
  /** Of one series, in UTF-16 units: all names and values together. */
  readonly maxLabelsLength: number
}

/** The labels of one series while they are read, until the first fault; used again for the next. */
export class ReadLabels {
  readonly labels: Label[] = []
  /** Why these are no labels, '' when they may be. */
  fault = ''
  #length = 0
  readonly #limits: LabelLimits

  constructor(limits: LabelLimits) {
    this.#limits = limits
  }

  add(label: Label): void {
    if (this.fault !== '') return
    const { maxLabels, maxLabelsLength } = this.#limits
    this.#length += label.length
    if (this.labels.length === maxLabels) this.fault = `more than ${maxLabels} labels`
    else if (this.#length > maxLabelsLength) {
      this.fault = `labels of more than ${maxLabelsLength} characters`
    } else if (label.fault !== '') this.fault = label.fault
    else this.labels.push(label)
  }

  /** What comes is no label at all. */
  fail(fault: string): void {
    if (this.fault === '') this.fault = fault
  }

  clear(): void {
    this.labels.length = 0
    this.fault = ''
    this.#length = 0
  }
}
