/** What becomes of statistics when there are too many keys: who and where is given up, so that sums stay right. */
import type { StatKey } from '../../../model/stat.ts'

const ANY = '*'

/** Keys it may count under instead, the most telling first. */
export function foldedKeys(key: StatKey): readonly StatKey[] {
  const who = { ...key, caller: ANY, callerIp: ANY, calleeIp: ANY, calleePort: 0, version: '' }
  const returnCode = key.returnCode === 0 ? 0 : 1
  const what = { ...who, interface: ANY, set: '', returnCode }
  return [who, what, { ...what, callee: ANY }]
}
