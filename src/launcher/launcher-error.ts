import { Failure } from '../support/failure.ts'

/** What keeps the server from being started at all. */
export class LauncherError extends Failure<'usage' | 'no-package' | 'no-entry'> {}
