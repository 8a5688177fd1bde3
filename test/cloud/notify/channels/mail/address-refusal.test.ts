import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressFault } from '../../../../../src/cloud/notify/channels/mail/address-refusal.ts'

describe('what a refusal of a recipient says of the address', () => {
  const answers: [string, 'unknown' | 'doubtful' | undefined][] = [
    ['550 5.1.1 <a@example.com>: Recipient address rejected: User unknown', 'unknown'],
    ['550-5.1.1 The email account that you tried to reach does not exist.', 'unknown'],
    ['550 5.1.1 RESOLVER.ADR.RecipNotFound; not found', 'unknown'],
    ['550 no such mailbox', 'unknown'],
    ['550 User not found: a@example.com', 'unknown'],
    ['550 Mailbox not found. http://service.mail.qq.com/detail/122/169', 'unknown'],
    ['550 Invalid User : a@example.com', 'unknown'],
    ['550 RP:TRC 用户不存在', 'unknown'],
    ['553 5.1.2 <a@nowhere.example>: bad destination system', 'doubtful'],
    ['501 5.1.3 Bad recipient address syntax', 'doubtful'],
    ['556 5.1.10 Recipient address has null MX', 'doubtful'],
    ['550 5.2.1 The mailbox is disabled', 'doubtful'],
    ['550 Requested action not taken: mailbox unavailable', 'doubtful'],
    ['553 Requested action not taken: mailbox name is wrong', 'doubtful'],
    // A matter of who sends, how much, or what.
    ['550 5.7.1 <a@example.com>: Recipient address rejected: Access denied', undefined],
    ['550 5.7.26 Unauthenticated mail', undefined],
    ['554 5.7.1 Relay access denied', undefined],
    ['550 relay not permitted', undefined],
    ['550 5.1.8 Sender address rejected: domain not found', undefined],
    ['550 5.1.1 blocked as spam: user unknown', undefined],
    ['550 Mail frequency limited', undefined],
    ['550 Connection frequency limited', undefined],
    ['552 5.2.2 mailbox full', undefined],
    ['550 mailbox full', undefined],
    ['550 5.4.1 Recipient address rejected: no route', undefined],
    ['550 your IP is on our blacklist', undefined],
    ['550 authentication required', undefined],
    ['554 transaction failed', undefined],
    ['554 垃圾邮件', undefined],
    // May be different tomorrow.
    ['450 4.2.0 <a@example.com>: Greylisted', undefined],
    ['451 4.1.1 user unknown, try again', undefined],
    ['421 too many connections', undefined],
    ['', undefined],
  ]
  for (const [answer, fault] of answers) {
    it(`${answer || 'nothing'}: ${fault ?? 'not of the address'}`, () => {
      assert.equal(addressFault(answer), fault)
    })
  }

  it('a word in the address itself is not what the server says', () => {
    assert.equal(addressFault('550 5.1.1 <spam.policy@full.example>: User unknown'), 'unknown')
    assert.equal(addressFault('550 no such user relay@limit.example here'), 'unknown')
  })
})
