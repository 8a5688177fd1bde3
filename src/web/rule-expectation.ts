/** What the cloud expects of the fields of a rule, in its words, as messages `rules.faults.…`. Pure. */

const EXPECTATIONS: readonly (readonly [RegExp, string])[] = [
  [/^a number$/, 'number'],
  [/^a whole number from (?<min>\d+) to (?<max>\d+)$/, 'whole'],
  [/^1 to (?<max>\d+) characters on one line$/, 'line'],
  [/^at most (?<max>\d+) characters$/, 'long'],
  [/^an expression$/, 'expression'],
  [/^text$/, 'text'],
  [/^more than 0$/, 'positive'],
  [/^more than 0 and at most 100 %; /, 'ratio'],
  [/^at most (?<max>[\d,]+)$/, 'most'],
  [/^not less than 0$/, 'notNegative'],
  [/^a time such as 09:30$/, 'clockTime'],
  [/^a time zone that never changes its clocks$/, 'steadyZone'],
  [/^nothing: this metric has none$/, 'notOfMetric'],
  [/^0: it is not of calls$/, 'noVolume'],
  [/^a multiple of 5/, 'multiple'],
  [/^no more than the minutes$/, 'timesInMinutes'],
  [/^nothing: each minute is looked at$/, 'eachMinute'],
  [/^one of calls, failures, mean_duration$/, 'learned'],
  [/^interface$/, 'learnedLevel'],
  [/^nothing: profiles are of whole interfaces$/, 'learnedFilter'],
  [/^one of server, /, 'level'],
  [/^at most (?<max>\d+) of them$/, 'many'],
]

/** Undefined: in the cloud's own words. */
export function expectation(
  expected: string,
): { readonly key: string; readonly numbers: Readonly<Record<string, string>> } | undefined {
  for (const [words, key] of EXPECTATIONS) {
    const found = words.exec(expected)
    if (found) return { key: `rules.faults.${key}`, numbers: { ...found.groups } }
  }
  return undefined
}
