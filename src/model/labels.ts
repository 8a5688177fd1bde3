/** Labels of a series or an alert, as in Prometheus: an empty value is the same as no label. */
export type Labels = Readonly<Record<string, string>>

/** One text for one set of labels, whatever their order: for maps and as a database key. */
export function labelsKey(labels: Labels): string {
  return JSON.stringify(
    Object.entries(labels)
      .filter(([, value]) => value !== '')
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
  )
}

/** What a series or an alert is about: `App.Server`, or '' when its labels name none. */
export function serviceOf({ callee, module, service }: Labels): string {
  return callee || module || service || ''
}
