import { Failure } from '../../support/failure.ts'

/** Something wrong in a rule file. Lines and columns count from 1; 0 is the file as a whole. */
export interface RuleFault {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** `conf/rules/tars.yaml:12:9: group "tars", rule 1, "ServiceDown": …` */
export function formatFault({ file, line, column, message }: RuleFault): string {
  return line === 0 ? `${file}: ${message}` : `${file}:${line}:${column}: ${message}`
}

/** Rule files are loaded whole or not at all: here is every fault of every file. */
export class RuleFileError extends Failure<'unreadable' | 'invalid'> {
  readonly faults: readonly RuleFault[]

  constructor(reason: 'unreadable' | 'invalid', faults: readonly RuleFault[]) {
    super(reason, faults.map(formatFault).join('\n'))
    this.faults = faults
  }
}
