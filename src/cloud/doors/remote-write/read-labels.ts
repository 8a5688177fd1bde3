import type { TextFault } from './proto-reader.ts'

export interface LabelLimits {
  /** Of one series. */
  readonly maxLabels: number
  /** Of one series, in UTF-16 units: all names and values together. */
  readonly maxLabelsLength: number
}

/** The labels of one series while they are read: names and values in turn, until the first fault. */
export class ReadLabels {
  readonly texts: string[] = []
  #fault = ''
  #length = 0
  readonly #limits: LabelLimits

  constructor(limits: LabelLimits) {
    this.#limits = limits
  }

  /** Why these are no labels, '' when they may be. */
  get fault(): string {
    if (this.#fault !== '' || this.texts.length % 2 === 0) return this.#fault
    return 'a label name without a value'
  }

  add(text: string | TextFault): void {
    if (this.#fault !== '') return
    if (typeof text === 'string') this.#length += text.length
    this.#fault = this.#faultOf(text)
    if (typeof text === 'string' && this.#fault === '') this.texts.push(text)
  }

  #faultOf(text: string | TextFault): string {
    const { maxLabels, maxLabelsLength } = this.#limits
    if (this.texts.length === 2 * maxLabels) return `more than ${maxLabels} labels`
    if (this.#length > maxLabelsLength) return `labels of more than ${maxLabelsLength} characters`
    if (typeof text === 'string') return ''
    if (this.texts.length % 2 === 0) return `a label name ${text.message}`
    return `the value of label ${JSON.stringify(this.texts.at(-1))} ${text.message}`
  }
}
