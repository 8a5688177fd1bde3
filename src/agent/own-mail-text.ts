/** What the agent says of the cloud in its own mails, in Chinese and English. Pure. */
import type { UnixMs } from '../model/time.ts'
import type { UplinkTrouble } from './uplink/uplink.ts'

export interface OwnMailState {
  /** Undefined: all is well. */
  readonly trouble: UplinkTrouble | undefined
  /** When the cloud last took something; before that, when the agent was started. */
  readonly wellAt: UnixMs
  readonly host: string
  readonly cloudUrls: readonly string[]
  readonly queuedBatches: number
}

/** What a person should do. */
const HELP: Record<UplinkTrouble, readonly [zh: string, en: string]> = {
  'no-key': [
    '未填写 env_key：请从告警控制台复制环境标示到 AgentServer.conf。',
    'env_key is missing: copy it from the alarm console into AgentServer.conf.',
  ],
  key: [
    '告警云不认识这个 env_key：请从告警控制台重新复制环境标示。',
    'The cloud does not know this env_key: copy it again from the alarm console.',
  ],
  unreachable: [
    '连不上告警云：请检查本机到该地址的网络、代理与防火墙，以及告警云是否在运行。',
    'The cloud cannot be reached: check network, proxy and firewall on the way there, and whether the cloud runs.',
  ],
  busy: [
    '告警云暂时不收数据：若是自建，请查看其日志与磁盘。',
    'The cloud takes nothing at present: if it is your own, see its log and its disk.',
  ],
  'wrong-address': [
    '该地址上不是告警云：请检查 AgentServer.conf 中的 cloud_url。',
    'What answers there is not the alarm cloud: check cloud_url in AgentServer.conf.',
  ],
  version: [
    '本代理与告警云版本不一致：请升级较旧的一方。',
    'This agent and the cloud speak different versions: update the older one.',
  ],
}

export function ownMailText(state: OwnMailState, now: UnixMs): { subject: string; text: string } {
  const { trouble, wellAt, host, cloudUrls, queuedBatches } = state
  const where = cloudUrls.map(withoutSecrets).join(', ')
  if (trouble === undefined) {
    return {
      subject: `[TARS告警] 告警云已恢复 (${host}) / the alarm cloud takes data again`,
      text: lines(
        `${host} 上的 Alarm.AgentServer 又能把数据送到告警云（${where}）。积压的数据正在补送，补送期间发现的问题会注明“迟到”。`,
        `Alarm.AgentServer on ${host} can send its data to the alarm cloud (${where}) again. What was kept is being sent; what it shows is told as found late.`,
      ),
    }
  }
  const [zh, en] = HELP[trouble]
  const minutes = Math.floor((now - wellAt) / 60_000)
  const since = new Date(wellAt).toISOString()
  return {
    subject: `[TARS告警] 告警云 ${minutes} 分钟未收数据 (${host}) / no data to the alarm cloud for ${minutes} min`,
    text: lines(
      `${host} 上的 Alarm.AgentServer 自 ${since} 起无法把数据送到告警云（${where}），期间不会有任何告警。`,
      `${zh}`,
      `数据保存在本机磁盘上（${queuedBatches} 批），恢复后补送。恢复时会再发一封邮件。`,
      '',
      `Since ${since} Alarm.AgentServer on ${host} cannot send its data to the alarm cloud (${where}): no alarm will come meanwhile.`,
      `${en}`,
      `The data are kept on its disk (${queuedBatches} batches) and sent afterwards. Another mail will tell when that begins.`,
    ),
  }
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`
}

/** Without user and password. */
function withoutSecrets(text: string): string {
  const url = URL.parse(text)
  return url ? `${url.protocol}//${url.host}` : ''
}
