/** Whether a mail server says that an address is not there, or only that it does not want this mail. */
import { ChannelFailure } from '../channel.ts'

/** `unknown`: there is no such mailbox. `doubtful`: it looks so, and may be a fault of that server. */
export type AddressFault = 'unknown' | 'doubtful'

/** Refused for good because of the address. */
export class AddressRefused extends ChannelFailure {
  readonly fault: AddressFault

  constructor(fault: AddressFault, message: string) {
    super('refused', message)
    this.fault = fault
  }
}

/** RFC 3463: no such mailbox. */
const UNKNOWN = ['5.1.1']
/** No such domain, no valid address, mailbox moved, domain that takes no mail, mailbox disabled. */
const DOUBTFUL = ['5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1']
/** A matter of who sends, how much, or what: never of the address. */
const OF_POLICY =
  /spam|junk|virus|block|black ?list|reputation|policy|polic[ií]es|relay|denied|not allowed|not permitted|auth|log ?in|rate|frequen|too many|limit|quota|full|sender|spf|dkim|dmarc|greylist|垃圾|拒收|频率|黑名单/i
const NO_SUCH_USER =
  /(?:unknown|no such|invalid|non-?existent|unrouteable) (?:user|recipient|mailbox|account|address)|(?:user|recipient|mailbox|account|address)(?: \S+)? (?:is )?(?:unknown|not found|not exist|does(?: not|n't) exist|invalid)|用户不存在|账号不存在/i

/** @param answer to `RCPT TO`, such as `550 5.1.1 <a@b>: User unknown`; undefined: not of the address. */
export function addressFault(answer: string): AddressFault | undefined {
  const [, code = '', status, words = ''] =
    /^(5\d\d)[ -](?:(\d\.\d{1,3}\.\d{1,3})\b)?(.*)$/s.exec(answer.trim()) ?? []
  // The address itself may hold such a word.
  const said = words.replaceAll(/<[^<>]*>|\S+@\S+/g, '')
  if (!code || OF_POLICY.test(said)) return undefined
  if (status !== undefined && status !== '5.0.0' && status !== '5.1.0' && status !== '5.5.0') {
    if (UNKNOWN.includes(status)) return 'unknown'
    return DOUBTFUL.includes(status) ? 'doubtful' : undefined
  }
  if (NO_SUCH_USER.test(said)) return 'unknown'
  // What RFC 5321 says 550, 551 and 553 are for; 552 and 554 are not.
  return ['550', '551', '553'].includes(code) ? 'doubtful' : undefined
}
