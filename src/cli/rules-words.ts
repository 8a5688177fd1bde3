/** How the results of `tars-alarm rules test` are told to people. Times and names come as they are written. */
export interface RulesWords {
  test(name: string, number: number): string
  alerts(name: string, at: string): string
  samples(expr: string, at: string): string
  readonly broken: Readonly<Record<'test' | 'series' | 'rule' | 'expression', string>>
  at(time: string): string
  unsupported(what: string, subject: string): string
  noRules(path: string): string
  /** Above a difference. */
  readonly legend: string
  passed(tests: number): string
  failed(failed: number, tests: number): string
  /** Files that could not be run at all. */
  unusable(files: number): string
}

const tests = (count: number) => `${count} ${count === 1 ? 'test' : 'tests'}`

export const english: RulesWords = {
  test: (name, number) => (name === '' ? `test ${number}` : `test "${name}"`),
  alerts: (name, at) => `alerts ${name} at ${at}`,
  samples: (expr, at) => `${expr} at ${at}`,
  broken: {
    test: 'the test cannot be run',
    series: 'input series cannot be read',
    rule: 'rule failed',
    expression: 'expression failed',
  },
  at: (time) => ` at ${time}`,
  unsupported: (what, subject) => `unsupported: ${what}: ${subject}`,
  noRules: (path) => `no file matches ${path}`,
  legend: '- expected, + got',
  passed: (count) => `${tests(count)} passed`,
  failed: (failed, count) => `${failed} of ${tests(count)} failed`,
  unusable: (files) => `${files} ${files === 1 ? 'file' : 'files'} could not be run`,
}
