/** A label as it came. The same text is mostly the same object: what is found out of it stays with it. */
import { TextFault } from './proto-reader.ts'

const METRIC_NAME = '__name__'
/** What agents report: nobody else writes it. `ALERTS` of a Prometheus are welcome. */
const OURS = 'tars_'

export class Label {
  readonly name: string
  readonly value: string
  /** Why it is none, '' when it may be one. */
  readonly fault: string
  /** Name and value, in UTF-16 units. */
  readonly length: number
  /** Whether it can be taken as it is, behind one whose name is less. */
  readonly isPlain: boolean
  readonly isMetricName: boolean
  /** In the batch that is made of the request; -1 while it is not in it. */
  number = -1
  /** A name that is known to be less. */
  #after: string | undefined

  constructor(name: string | TextFault, value: string | TextFault) {
    this.name = typeof name === 'string' ? name : ''
    this.value = typeof value === 'string' ? value : ''
    this.fault = faultOf(name, value)
    this.length = this.name.length + this.value.length
    this.isMetricName = name === METRIC_NAME
    this.isPlain = this.fault === '' && this.name !== '' && this.value !== '' && !isOurs(this)
  }

  isAfter({ name }: Label): boolean {
    if (this.#after === name) return true
    if (name >= this.name) return false
    this.#after = name
    return true
  }
}

function faultOf(name: string | TextFault, value: string | TextFault): string {
  if (name instanceof TextFault) return `a label name ${name.message}`
  if (value instanceof TextFault)
    return `the value of label ${JSON.stringify(name)} ${value.message}`
  return ''
}

function isOurs({ isMetricName, value }: Label): boolean {
  return isMetricName && ownPrefix(value) !== undefined
}

/** With what the names of our own metrics begin; undefined when this one does not. */
export function ownPrefix(metric: string): string | undefined {
  return metric.startsWith(OURS) ? OURS : undefined
}
