import type { Labels } from '../../../model/labels.ts'
import type { FormRule } from './form-rule.ts'
import { labelsOf } from './measure.ts'

/** Label of an alarm → what of the filter names it. */
const FILTER_OF: Readonly<Record<string, 'interface' | 'node' | 'set' | 'caller'>> = {
  ...{ interface: 'interface', set: 'set', caller: 'caller' },
  ...{ callee_ip: 'node', ip: 'node', node: 'node' },
}

/** The form for the one alarm with these labels: of it the form says the same, and much less is read. Pure. */
export function narrowedForm(form: FormRule, labels: Labels): FormRule {
  const filter = { ...form.filter }
  let { metric } = form
  for (const name of labelsOf(form)) {
    const text = labels[name] ?? ''
    // A filter would take a star for anything.
    if (text === '' || text.includes('*')) continue
    const of = FILTER_OF[name]
    if (of) filter[of] = [text]
    else if (name === 'property' && metric.of === name) metric = { ...metric, property: text }
    else Object.assign(filter, serviceFilter(text))
  }
  return { ...form, metric, filter }
}

function serviceFilter(service: string): Partial<Pick<FormRule['filter'], 'app' | 'server'>> {
  const dot = service.indexOf('.')
  if (dot <= 0 || dot === service.length - 1) return {}
  return { app: [service.slice(0, dot)], server: [service.slice(dot + 1)] }
}
