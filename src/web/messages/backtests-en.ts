import type { backtestsZh } from './backtests-zh.ts'
import type { Texts } from './texts.ts'

export const backtestsEn: Texts<typeof backtestsZh> = {
  run: 'Try on the last day',
  running: 'Trying …',
  cancel: 'Stop',
  span: '{from} to {to}',
  before: 'Now',
  after: 'Then',
  alarms: 'Alarms',
  messages: 'Messages',
  perWeek: 'Alarms a service and week',
  flapping: 'Of them flapping',
  quiet: 'Longest quiet time',
  none: 'It would have told nothing in that time.',
  more: 'The first {count} are listed.',
  failed: 'It failed {times} times: {message}',
}
