export interface PropertyKey {
  /** `App.Server`, without set parts. */
  readonly module: string
  readonly property: string
  /** `Max`, `Min`, `Count`, `Sum`, `Avg` or `Distr`, as TARS spells them. */
  readonly policy: string
  readonly ip: string
  /** `name.area.id`; '' when none. */
  readonly set: string
  /** Right end of a range of `Distr` (`max` is `+Inf`); '' for the other policies. */
  readonly le: string
  readonly spanMs: number
}

/** One property value of a window. Of `Distr` the count of its range, cumulative over `le`. */
export interface PropertyRow {
  readonly key: PropertyKey
  readonly value: number
}
