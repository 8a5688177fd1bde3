/** What WeCom's codes mean. Source: developer.work.weixin.qq.com, documents 91770 and 90455 (global codes). */
import type { CodeMeaning, RobotAnswer } from '../robot.ts'

const MEANINGS: Readonly<Record<number, readonly [CodeMeaning, string?]>> = {
  [-1]: ['again'],
  6000: ['again'],
  45009: ['throttled'],
  45033: ['throttled'],
  40058: ['too-long'],
  45002: ['too-long'],
  93000: ['disabled', 'there is no robot of this key: give the one of the robot'],
  93004: ['disabled', 'the robot was stopped: start it again in the group'],
  93008: ['disabled', 'the robot is no longer in the group: add it again'],
  40008: ['refused'],
  40033: ['refused'],
  44004: ['refused'],
  60020: ['misconfigured', 'the address of this machine is not one that WeCom trusts (可信IP)'],
}

export function wecomMeaning({ code }: RobotAnswer): readonly [CodeMeaning, string?] {
  return MEANINGS[code] ?? ['misconfigured']
}
