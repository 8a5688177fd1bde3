/** For whom a form's rule is: the services that its filter lets through. Pure. */
import { joined, readingsOf } from '../reading.ts'
import { type FormRule, isOfCalls } from './form-rule.ts'
import { filterMatchers } from './matchers.ts'
import { braced } from './measure.ts'

/** PromQL without variables: an element for each service that is heard of now and that the rule can be about. */
export function servicesQuery(form: FormRule): string {
  return joined(readingsOf(serviceQuery(form)))
}

function serviceQuery(form: FormRule): string {
  const { of } = form.metric
  const heardOf = (metric: string) => braced(metric, [filterMatchers(form), 'span="$span"'])
  if (isOfCalls(of)) return eachBy('callee', `${heardOf('tars_calls')}[$recent]`)
  if (of === 'property') return eachBy('module', `${heardOf('tars_property')}[$recent]`)
  const calls = serviceQuery({ ...form, metric: { of: 'calls' } })
  const running = `present_over_time(${runningServers(form)}[30m])`
  const named = `label_replace(${running}, "callee", "$1", "module", "(.*)")`
  return `(${calls})\nor count by (callee) (${named})`
}

function eachBy(label: string, range: string): string {
  return `count by (${label}) (present_over_time(${range}))`
}

/** Whatever their events say: most of the time there are none. */
function runningServers(form: FormRule): string {
  const metric = { of: 'events' as const, all: [], any: [], none: [] }
  return braced('tars_server_present', [filterMatchers({ filter: form.filter, metric })])
}
