import type { Texts } from './texts.ts'
import type { thresholdsZh } from './thresholds-zh.ts'

export const thresholdsEn: Texts<typeof thresholdsZh> = {
  title: 'Thresholds',
  intro: 'The nearest holds: interface, server, app, global; the default where none is set.',
  server: 'Choose a server to see and set its thresholds',
  empty: 'No rule has a threshold that can be set.',
  rule: 'Rule',
  effective: 'Holds',
  none: 'not set',
  default: 'Default',
  levels: { global: 'Global', app: 'App', server: 'Server', interface: 'Interface' },
  from: {
    default: 'the default',
    global: 'global',
    app: 'of the app',
    server: 'of the server',
    interface: 'of the interface',
  },
  units: { ratio: '%', ms: 'ms', calls: 'calls/min', times: 'times', count: '', percent: '%' },
  set: 'Set',
  unset: 'Take away',
  interfaces: 'Interfaces ({count})',
  noInterfaces: 'It was not called within the last hour: its interfaces are not known.',
  allSet: 'Thresholds that are set: {count}',
  ruleGone: '(the rule is gone)',
  more: '{count} more: choose their server to see them.',
  learning:
    'Learning: there is no last hour to compare with yet. Until then rules tell only of what is large by itself, beyond the values below (see what each rule says), or of nothing; thresholds that are set count.',
  others:
    'Here are the default rules with a threshold. The others have none to set: some ask whether something is there (a service), some have a fixed condition (queues; the rules say which): mute what nobody needs. Your own rules are changed among the rules.',
  saved: 'The threshold is saved; it holds within a minute',
  number: 'A number',
  calmer: {
    open: 'Too sensitive?',
    title: 'Keep this alarm quiet',
    text: 'The threshold of “{rule}” is {value} ({from}); this alarm reached {reached}.',
    textBelow: 'The threshold of “{rule}” is {value} ({from}); this alarm fell to {reached}.',
    quiet:
      'The threshold of “{rule}” is {value} ({from}); this alarm reached {reached} only: with it the alarm would not be there.',
    none: 'The threshold of “{rule}” is {value} ({from}); this alarm reached {reached}: no threshold would have kept it quiet. It can be muted instead.',
    noneCompared:
      'The threshold of “{rule}” is {value} ({from}), and what the alarm was compared with was 0: no threshold keeps it quiet.',
    unknown:
      'The threshold of “{rule}” is {value} ({from}). The data of that time are gone: there is no threshold to propose.',
    new: 'New threshold',
    where: 'For',
    effect: 'See the effect on the last day',
    save: 'Save the threshold',
  },
  own: {
    proposed: 'The rule “{rule}” fires {op} {value}; this alarm reached {reached}.',
    quiet:
      'The rule “{rule}” fires {op} {value}; this alarm reached {reached} only: as the rule is now it would not be there.',
    none: 'The rule “{rule}” fires {op} {value}; this alarm reached {reached}: there is no value to propose.',
    noneCompared:
      'The rule “{rule}” fires {op} {value}, and what it was compared with was 0: no factor keeps it quiet.',
    unknown:
      'The rule “{rule}” fires {op} {value}. The data of that time are gone, or the rule was changed: there is no value to propose.',
    newFactor: 'New factor',
    forAll:
      'This changes the rule for all services that it is about; it can be changed back among the rules at any time.',
    editInstead: 'Edit the whole rule',
    save: 'Save the rule',
    edit: 'Edit the rule',
    file: 'of the rule file {file}',
  },
}
