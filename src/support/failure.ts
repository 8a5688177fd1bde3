/**
 * An expected failure with a closed set of reasons (also the metric label).
 * Bugs throw `RangeError`; foreign errors are wrapped here with `cause`.
 */
export class Failure<Reason extends string> extends Error {
  readonly reason: Reason
  /** Whether the same call may succeed later. */
  readonly retryable: boolean

  constructor(
    reason: Reason,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.reason = reason
    this.retryable = options.retryable ?? false
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
