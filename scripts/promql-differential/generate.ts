/** Random queries: the grammar of Prometheus 2.42, weighted towards what has an answer. */
import { FAMILIES, SPAN_MS, START_MS } from './data.ts'
import type { Instants } from './prometheus.ts'
import type { Random } from './random.ts'
import { matchersText, modifiersText, type Place, rangeText } from './selector-text.ts'

const ONE_VECTOR = words(
  'abs ceil exp floor ln log10 log2 sqrt sgn sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh deg rad round sort sort_desc timestamp absent histogram_count histogram_sum minute hour day_of_week day_of_month day_of_year days_in_month month year',
)
const ONE_RANGE = words(
  'avg_over_time min_over_time max_over_time sum_over_time count_over_time stddev_over_time stdvar_over_time last_over_time present_over_time absent_over_time changes resets deriv delta idelta',
)
const OF_COUNTER = words('rate increase irate')
const DATES = words('minute hour day_of_week day_of_month day_of_year days_in_month month year')
const PLAIN = words('sum avg count min max group stddev stdvar')
const ARITHMETIC = words('+ - * / % ^ atan2')
const COMPARISON = words('== != > < >= <=')
const LABELS = words('job instance code zone version kind le')
const NUMBERS = words('0 1 2 3 -1 0.5 0.9 1.5 10 100 1e3 -0.25 0x1F 3.0e-2 Inf -Inf NaN')
const COUNTERS = words('requests_total errors_total latency_bucket latency_count')
const NAMES = [...FAMILIES.map(({ name }) => name), 'latency_bucket', 'latency_sum', 'nothing']

function words(text: string): readonly string[] {
  return text.split(' ')
}

/** One query as it is asked. */
export interface Query {
  readonly expr: string
  readonly when: Instants
}

export class Generator {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  query(): Query {
    const random = this.#random
    const when = this.#when()
    const expr = random.weighted([
      [20, () => this.vector(random.int(0, 4))],
      [1, () => this.#scalar(2)],
      // Only an instant query may answer a range or a text.
      [0.5, () => this.#range(1)],
      [0.2, () => this.#text()],
    ])
    return { expr, when }
  }

  #when(): Instants {
    const random = this.#random
    const startMs = START_MS + random.int(-120, SPAN_MS / 1000 + 300) * 1000 + 500
    if (random.chance(0.5)) return { startMs, endMs: startMs }
    const stepMs = random.pick([7, 15, 30, 60, 61, 300]) * 1000
    const endMs = startMs + random.int(0, 20) * stepMs + random.int(0, 5) * 1000
    return { startMs, endMs, stepMs }
  }

  vector(depth: number): string {
    if (depth <= 0) return this.#selector()
    const next = depth - 1
    return this.#random.weighted([
      [3, () => this.#selector()],
      [4, () => this.#call(next)],
      [5, () => this.#rangeCall(next)],
      [5, () => this.#aggregation(next)],
      [4, () => this.#matched(next)],
      [3, () => this.#withScalar(next)],
      [2, () => this.#set(next)],
      [1, () => `-${this.vector(next)}`],
      [1, () => `(${this.vector(next)})`],
      [1, () => this.#relabelled(next)],
      [1, () => this.#histogram(next)],
      [0.3, () => `vector(${this.#scalar(next)})`],
    ])
  }

  #selector(names: readonly string[] = NAMES, place: Place = 'instant'): string {
    const random = this.#random
    const name = random.pick(names)
    const matchers = matchersText(random, name)
    return matchers + (place === 'range' ? '' : modifiersText(random))
  }

  #range(depth: number): string {
    const random = this.#random
    if (random.chance(0.75)) return this.#window(NAMES)
    const inner = random.chance(0.6) ? `(${this.vector(depth)})` : this.vector(depth - 1)
    return `${inner}[${rangeText(random)}:${random.pick(['', '15s', '30s', '1m', '2m', '47s'])}]${modifiersText(random)}`
  }

  #window(names: readonly string[]): string {
    const random = this.#random
    return `${this.#selector(names, 'range')}[${rangeText(random)}]${modifiersText(random)}`
  }

  #call(depth: number): string {
    const random = this.#random
    const scalar = () => this.#scalar(depth - 1)
    const vector = this.vector(depth)
    return random.weighted([
      [10, () => `${random.pick(ONE_VECTOR)}(${vector})`],
      [1, () => `round(${vector}, ${random.pick(['0.5', '10', '3', '0.125', scalar()])})`],
      [1, () => `clamp(${vector}, ${scalar()}, ${scalar()})`],
      [1, () => `clamp_min(${vector}, ${scalar()})`],
      [1, () => `clamp_max(${vector}, ${scalar()})`],
      [0.3, () => `${random.pick(DATES)}()`],
    ])
  }

  #rangeCall(depth: number): string {
    const random = this.#random
    return random.weighted([
      [8, () => `${random.pick(ONE_RANGE)}(${this.#range(depth)})`],
      [5, () => `${random.pick(OF_COUNTER)}(${this.#window(COUNTERS)})`],
      [0.7, () => `${random.pick(OF_COUNTER)}(${this.#range(depth)})`],
      [1, () => `quantile_over_time(${this.#quantile()}, ${this.#range(depth)})`],
      [1, () => `predict_linear(${this.#range(depth)}, ${this.#scalar(depth - 1)})`],
    ])
  }

  #quantile(): string {
    return this.#random.pick(['0', '0.5', '0.9', '0.99', '1', '0.25', '1.1', '-1', 'NaN'])
  }

  #labels(probability = 0.3): readonly string[] {
    return this.#random.some(LABELS, probability)
  }

  #grouping(): string {
    const random = this.#random
    const labels = this.#labels().join(', ')
    return random.weighted([
      [4, () => ` by (${labels})`],
      [2, () => ` without (${labels})`],
      [1, () => ''],
    ])
  }

  #aggregation(depth: number): string {
    const random = this.#random
    const vector = this.vector(depth)
    const group = this.#grouping()
    const [op, args] = random.weighted<readonly [string, string]>([
      [8, () => [random.pick(PLAIN), vector]],
      [
        1,
        () => [
          random.pick(['topk', 'bottomk']),
          `${random.pick(words('0 1 2 3 9 -1'))}, ${vector}`,
        ],
      ],
      [1, () => ['quantile', `${this.#quantile()}, ${vector}`]],
      [1, () => ['count_values', `"${random.pick(['v', 'job', 'zone'])}", ${vector}`]],
      [0.2, () => ['topk', `${this.#scalar(1)}, ${vector}`]],
      [0.2, () => ['quantile', `${this.#scalar(1)}, ${vector}`]],
    ])
    return random.chance(0.5) ? `${op}${group} (${args})` : `${op}(${args})${group}`
  }

  #operator(): string {
    const random = this.#random
    if (random.chance(0.6)) return random.pick(ARITHMETIC)
    return random.pick(COMPARISON) + (random.chance(0.4) ? ' bool' : '')
  }

  #operand(depth: number): string {
    const vector = this.vector(depth)
    return this.#random.chance(0.5) && depth > 0 ? `(${vector})` : vector
  }

  #matched(depth: number): string {
    const random = this.#random
    const op = this.#operator()
    const [left, right] = [this.#operand(depth), this.#operand(depth)]
    const labels = this.#labels(0.3)
    const list = labels.join(', ')
    const grouped = (vector: string) => `${random.pick(PLAIN)} by (${list}) (${vector})`
    const include = random.chance(0.4) ? random.pick(LABELS) : ''
    return random.weighted([
      [3, () => `${grouped(left)} ${op} on (${list}) ${grouped(right)}`],
      [3, () => `${left} ${op} on (${list}) group_left (${include}) ${grouped(right)}`],
      [2, () => `${grouped(left)} ${op} on (${list}) group_right (${include}) ${right}`],
      [2, () => `${left} ${op} ignoring (${list}) ${right}`],
      [1, () => `${left} ${op} ignoring (${list}) group_left (${include}) ${right}`],
      [2, () => `${left} ${op} ${right}`],
      [1, () => `${left} ${op} ${left}`],
    ])
  }

  #withScalar(depth: number): string {
    const [op, scalar] = [this.#operator(), this.#scalar(depth - 1)]
    const vector = this.#operand(depth)
    return this.#random.chance(0.7) ? `${vector} ${op} ${scalar}` : `${scalar} ${op} ${vector}`
  }

  #set(depth: number): string {
    const random = this.#random
    const list = this.#labels().join(', ')
    const matching = random.pick(['', '', `on (${list})`, `ignoring (${list})`])
    const op = random.pick(words('and or unless'))
    return `${this.#operand(depth)} ${op} ${matching} ${this.#operand(depth)}`
  }

  #relabelled(depth: number): string {
    const random = this.#random
    const [to, from] = [random.pick([...LABELS, 'new']), random.pick(LABELS)]
    const vector = this.vector(depth)
    if (random.chance(0.5)) {
      return `label_join(${vector}, "${to}", "${random.pick(['-', '', '、'])}", "${from}", "job")`
    }
    const regexp = random.pick(['(.*)', '(a|b):(.+)', '(?P<n>[a-z]*).*', 'nothing', '', '.{2}(.?)'])
    const replacement = random.pick(['$1', 'x-$1', '', '$' + '{1}y', '$n', '$2$1', '$$'])
    return `label_replace(${vector}, "${to}", "${replacement}", "${from}", "${regexp}")`
  }

  #histogram(depth: number): string {
    const random = this.#random
    const q = random.chance(0.9) ? this.#quantile() : this.#scalar(1)
    const buckets = random.weighted([
      [2, () => this.#selector(['latency_bucket'])],
      [3, () => `rate(${this.#window(['latency_bucket'])})`],
      [2, () => `sum by (le${random.chance(0.5) ? ', job' : ''}) (rate(latency_bucket[5m]))`],
      [1, () => this.vector(depth)],
    ])
    return `histogram_quantile(${q}, ${buckets})`
  }

  #scalar(depth: number): string {
    const random = this.#random
    const next = depth - 1
    if (depth <= 0) return random.pick(NUMBERS)
    return random.weighted([
      [6, () => random.pick(NUMBERS)],
      [1, () => 'time()'],
      [0.5, () => 'pi()'],
      [1.5, () => `scalar(${this.vector(next)})`],
      [1, () => `${this.#scalar(next)} ${random.pick(ARITHMETIC)} ${this.#scalar(next)}`],
      [0.5, () => `${this.#scalar(next)} ${random.pick(COMPARISON)} bool ${this.#scalar(next)}`],
      [0.5, () => `-(${this.#scalar(next)})`],
    ])
  }

  #text(): string {
    return this.#random.pick(['"text"', "'it\\'s'", '`raw\\n`', '"\\u00e9\\x41\\t"'])
  }
}
