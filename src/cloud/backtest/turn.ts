import { threadTurns } from '../../support/turns.ts'

/** In a running cloud others go on meanwhile. */
export async function turn(): Promise<void> {
  if (threadTurns.isOver) await threadTurns.next()
}
