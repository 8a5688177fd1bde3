/** "Send test": one message to a receiver, and what was said on the way. */
import type { UnixMs } from '../../model/time.ts'
import { messageOf } from '../../support/failure.ts'
import type { Alert, AlertChange } from '../alerts/alert.ts'
import type { ChannelDeps } from './channels/channel.ts'
import type { OutgoingHttp } from './channels/outgoing-http.ts'
import { RECEIVER_CHANNELS } from './channels/registry.ts'
import { scrubber, secretsIn } from './channels/secrets.ts'
import type { Notice } from './notice.ts'
import type { Delivery, Message, Receiver } from './ports.ts'

export interface TestOutcome {
  readonly taken: boolean
  /** What was sent and answered, a line each, without what is secret. */
  readonly dialogue: readonly string[]
}

const MAX_LINE_CHARS = 500

/** Sends it at once, past the outbox. Never rejects: what went wrong is in the dialogue. */
export async function sendTest(
  receiver: Receiver,
  environmentName: string,
  deps: ChannelDeps,
  render: (notice: Notice) => Message,
): Promise<TestOutcome> {
  const { kind, settings } = receiver
  const dialogue: string[] = []
  try {
    const secrets = secretsIn(RECEIVER_CHANNELS[kind].settings, settings)
    const scrub = scrubber(secrets.flatMap((secret) => [secret, ...partsOf(secret)]))
    const say = (line: string) => dialogue.push(scrub(line).slice(0, MAX_LINE_CHARS))
    const http = overheard(deps.http, say)
    const channel = RECEIVER_CHANNELS[kind].open(settings, { ...deps, http })
    const delivery = deliveryOf(receiver, environmentName, deps.clock.now(), render)
    const answer = await channel.send(delivery, AbortSignal.timeout(60_000))
    channel.close()
    dialogue.push(answer)
    return { taken: true, dialogue }
  } catch (error) {
    dialogue.push(messageOf(error))
    return { taken: false, dialogue }
  }
}

/** Peers quote the path they were asked for; words too short to be a secret stay. */
function partsOf(secret: string): string[] {
  if (!URL.canParse(secret)) return []
  const { pathname, searchParams } = new URL(secret)
  return [...pathname.split('/'), ...searchParams.values()].filter((part) => part.length >= 8)
}

/** Of a URL only the host is told: path and query may hold the key. */
function overheard(http: OutgoingHttp, say: (line: string) => void): OutgoingHttp {
  return {
    async post(request, signal) {
      const { protocol, host } = new URL(request.url)
      const bytes = Buffer.byteLength(request.body)
      say(`> POST ${protocol}//${host}/… (${request.contentType}, ${bytes} bytes)`)
      const answer = await http.post(request, signal)
      say(`< HTTP ${answer.status} ${answer.text}`)
      return answer
    },
    close: () => {},
  }
}

function deliveryOf(
  receiver: Receiver,
  environmentName: string,
  at: UnixMs,
  render: (notice: Notice) => Message,
): Delivery {
  const { id, environment, kind, name, language, timeZone } = receiver
  const policy = { id: 'test', environment, name: TEST_WORDS[language].policy, services: [] }
  const message = render({
    environment: { id: environment, name: environmentName },
    policy: { ...policy, contacts: [] },
    contact: { id, environment, name, email: '', language, timeZone },
    receiver,
    headline: sample(environment, at),
  })
  return {
    ...{
      id: `test-${at}`,
      environment,
      policy: 'test',
      contact: id,
      channel: kind,
      to: id,
      message,
    },
    ...{ alerts: ['test'], plannedAt: at, receivedAt: at, state: 'sending', attempts: 1 },
    ...{ dueAt: at, maybeRepeated: false },
  }
}

const TEST_WORDS = { zh: { policy: '测试' }, en: { policy: 'test' } } as const

function sample(environment: string, at: UnixMs): AlertChange {
  const alert: Alert = {
    ...{ id: 'test', environment, rule: 'Test', value: 0, activeAt: at, firedAt: at, events: [] },
    severity: 'INFO',
    state: 'firing',
    labels: { alertname: 'Test' },
    annotations: {
      title: '测试消息',
      title_en: 'Test message',
      description: '收到此消息说明该接收端可用。',
      description_en: 'Who reads this can be told of alarms.',
    },
  }
  return { kind: 'fired', at, receivedAt: at, alert }
}
