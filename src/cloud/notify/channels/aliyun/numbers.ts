import type { People } from '../../people.ts'
import { dialled } from '../../phone.ts'
import { ChannelFailure } from '../channel.ts'

/**
 * Where one message goes: to the contact it is for, else to the numbers of the receiver.
 * @throws {ChannelFailure} `misconfigured`: there is none.
 */
export function numbersOf(people: People | undefined, own: readonly string[]): readonly string[] {
  const numbers = people ? people.mobiles.map(dialled) : own
  if (numbers.length > 0) return numbers
  const message = 'it has no number of its own, it goes to the phones of contacts: give one to try'
  throw new ChannelFailure('misconfigured', message)
}
