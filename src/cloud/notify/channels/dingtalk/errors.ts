/**
 * What DingTalk's codes mean. The answer is HTTP 200 also when nothing was sent.
 * Source: open.dingtalk.com, custom robots; codes as collected in its clients.
 */
import type { CodeMeaning, RobotAnswer } from '../robot.ts'

const MEANINGS: Readonly<Record<number, readonly [CodeMeaning, string?]>> = {
  [-1]: ['again'],
  130101: ['throttled'],
  410100: ['throttled'],
  1111: ['throttled', 'too much comes from the address of this machine'],
  460101: ['too-long'],
  101002: ['too-long'],
  400013: ['disabled', 'the group was dissolved: give a robot of another'],
  400101: ['disabled', 'there is no such access_token: give the one of the robot'],
  400102: ['disabled', 'the robot was stopped: start it again in the group'],
  400106: ['disabled', 'the robot is no longer in the group: add it again'],
  400105: ['refused'],
  430101: ['refused', 'it holds a link that DingTalk calls unsafe'],
  430102: ['refused', 'DingTalk calls its text improper'],
  430103: ['refused', 'DingTalk calls its picture improper'],
  430104: ['refused', 'DingTalk calls its content improper'],
}

/** 310000 says in words which of the robot's security settings did not let us in. */
const SECURITY: readonly (readonly [RegExp, string])[] = [
  [/keyword/i, 'give one of its keywords (自定义关键词) as keyword'],
  [/timestamp/i, 'the clock of this machine is off by more than an hour'],
  [/sign/i, 'give its secret (加签, begins with SEC) as secret'],
  [/ip\b|whitelist/i, 'add the address of this machine to its IP 地址段'],
]

export function dingtalkMeaning({ code, said }: RobotAnswer): readonly [CodeMeaning, string?] {
  if (code !== 310000) return MEANINGS[code] ?? ['misconfigured']
  const [, advice] = SECURITY.find(([words]) => words.test(said)) ?? []
  return ['misconfigured', advice ?? 'compare the security settings (安全设置) of the robot']
}
