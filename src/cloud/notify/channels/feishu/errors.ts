/** What Feishu's codes mean. Source: open.feishu.cn, custom bots, and its list of general codes. */
import type { CodeMeaning, RobotAnswer } from '../robot.ts'

const MEANINGS: Readonly<Record<number, readonly [CodeMeaning, string?]>> = {
  1500: ['again'],
  1503: ['again'],
  11232: ['throttled'],
  11233: ['throttled'],
  // A body that is too large is told in the same way as one that is malformed: half of it may go.
  9499: ['too-long'],
  19001: ['disabled', 'there is no such hook: give the address of the robot'],
  19002: ['refused'],
  19007: ['disabled', 'the robot was stopped: start it again in the group'],
  19021: [
    'misconfigured',
    'give its secret (签名校验) as secret, and check the clock of this machine: it may be off by an hour',
  ],
  19022: ['misconfigured', 'add the address of this machine to its IP 白名单'],
  19024: ['misconfigured', 'give one of its keywords (自定义关键词) as keyword'],
}

export function feishuMeaning({ code }: RobotAnswer): readonly [CodeMeaning, string?] {
  return MEANINGS[code] ?? ['misconfigured']
}
