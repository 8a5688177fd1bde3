/** Robots mention who is told, SMS and calls go to their phones. */
import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Receivers } from '../../../src/cloud/notify/channels/receivers.ts'
import { renderFor } from '../../../src/cloud/notify/channels/registry.ts'
import { decide } from '../../../src/cloud/notify/pipeline.ts'
import type { Policy } from '../../../src/cloud/notify/policy.ts'
import type {
  Audience,
  Contact,
  ReceiverHead,
  ReceiverKind,
} from '../../../src/cloud/notify/ports.ts'
import { toReaders } from '../../../src/cloud/notify/reader-gone.ts'
import type { Rota } from '../../../src/cloud/notify/rota.ts'
import { Sender } from '../../../src/cloud/notify/sender.ts'
import type { Facts } from '../../../src/cloud/notify/stages/stage.ts'
import { silentLog } from '../../../src/support/log.ts'
import { dataFolder } from '../store/data-folder.ts'
import { MINUTE, step, World } from './reminders/world.ts'
import { AT, alert, change, contact, ENVIRONMENT, policy } from './support/nouns.ts'
import { KEYWORD, type RobotPeer, SECRET, startRobotPeer, TOKEN } from './support/robot-peers.ts'

const DAY_MINUTES = 24 * 60

function receiver(kind: ReceiverKind, phones?: readonly string[]): ReceiverHead {
  const head = { id: kind, environment: ENVIRONMENT, kind, name: `the ${kind}` }
  return { ...head, language: 'zh', timeZone: 'Asia/Shanghai', ...(phones && { phones }) }
}

const ids = { dingtalk: 'd1', wecom: 'w1', feishu: 'ou_1' }
const whole = contact('whole', { ...ids, phone: '13800000001' })
const phoned = contact('phoned', { phone: '13800000002' })
const mailed = contact('mailed')

function decided(
  to: ReceiverHead,
  contacts: readonly Contact[],
  more: Partial<Audience> = {},
  toldOf: Facts['toldOf'] = [],
) {
  const audience = {
    ...{ environmentName: 'env', contacts, receivers: [to] },
    policies: [policy('p', { receivers: [to.id] })],
    ...more,
  }
  const facts = { at: AT, windowMs: 1, audience, convergences: [], toldOf }
  const { notices, trace } = decide(change('fired', AT, alert('a')), facts)
  return {
    messages: notices
      .filter((notice) => notice.receiver)
      .map(({ contact: { name }, people }) => [
        name,
        ...(people?.userIds ?? []),
        ...(people?.mobiles ?? []),
      ]),
    said: (reason: string) => trace.flatMap((one) => (one.reason === reason ? [one.contact] : [])),
  }
}

describe('a robot mentions in its one message those who are told beside it', () => {
  const cases: [kind: ReceiverKind, mentioned: string[], told: string[]][] = [
    ['dingtalk', ['d1', '13800000002'], ['whole', 'phoned']],
    ['wecom', ['w1', '13800000002'], ['whole', 'phoned']],
    ['feishu', ['ou_1'], ['whole']],
    ['webhook', [], []],
  ]
  for (const [kind, mentioned, told] of cases) {
    it(kind, () => {
      const { messages, said } = decided(receiver(kind), [whole, phoned, mailed])
      assert.deepEqual(messages, [[`the ${kind}`, ...mentioned]])
      assert.deepEqual(said('mentioned'), told)
    })
  }

  it('who is on call before all others', () => {
    const many = Array.from({ length: 60 }, (_, n) => contact(`c${n}`, { feishu: `ou_${n}` }))
    const rota: Rota = {
      ...{ id: 'r', environment: ENVIRONMENT, name: 'r', timeZone: 'UTC', members: ['c59'] },
      ...{ startsOn: '2022-08-10', handOverAt: '00:00', turnDays: 1, overrides: [] },
    }
    const named = { contacts: many.map(({ id }) => id), rotas: ['r'], receivers: ['feishu'] }
    const { messages } = decided(receiver('feishu'), many, {
      ...{ rotas: [rota], policies: [policy('p', named)] },
    })
    assert.equal(messages[0]?.[1], 'ou_59')
  })

  it('50 at the most, also of those whose mail may not be used', () => {
    const address = { disabled: { at: 1, why: '550' } }
    const many = Array.from({ length: 60 }, (_, n) => ({
      ...contact(`c${n}`, { feishu: `ou_${n}` }),
      address,
    }))
    const { messages, said } = decided(receiver('feishu'), many)
    assert.equal(messages[0]?.length, 51)
    assert.equal(said('address-disabled').length, 60)
  })
})

describe('SMS and calls', () => {
  const own = ['13900000000']
  const cases: [name: string, phones: string[] | undefined, Contact[], string[][], string[]][] = [
    [
      'go to the numbers of the receiver, and to each who is told',
      own,
      [whole, phoned, mailed],
      [['the aliyun-sms'], ['whole', '13800000001'], ['phoned', '13800000002']],
      ['mailed'],
    ],
    ['need no numbers of the receiver', [], [phoned], [['phoned', '13800000002']], []],
    [
      'go to a number once, however it is written',
      ['+8613800000002'],
      [phoned, contact('same', { phone: '13800000002' })],
      [['the aliyun-sms']],
      [],
    ],
    [
      'that reach nobody say so of each, and of the receiver',
      [],
      [mailed],
      [],
      ['mailed', 'aliyun-sms'],
    ],
    ['of which nothing is known are tried', undefined, [], [['the aliyun-sms']], []],
  ]
  for (const [name, phones, contacts, messages, without] of cases) {
    it(name, () => {
      const result = decided(receiver('aliyun-sms', phones), contacts)
      assert.deepEqual(result.messages, messages)
      assert.deepEqual(result.said('no-phone'), without)
    })
  }

  it('reach a contact without a mail address', () => {
    const { messages, said } = decided(receiver('aliyun-voice', []), [{ ...phoned, email: '' }])
    assert.deepEqual(messages, [['phoned', '13800000002']])
    assert.deepEqual([said('phoned'), said('no-address')], [['phoned'], ['phoned']])
  })
})

const ROBOT = { robots: [{ access_token: TOKEN, secret: SECRET }], keyword: KEYWORD }
const SMS = {
  ...{ access_key_id: TOKEN, access_key_secret: SECRET, template_code: 'SMS_71390007' },
  ...{ sign_name: '云告警', variables: { what: 'title' }, phones: [] },
}

/** `zhang` and `li` take turns of a day; a robot, and SMS without numbers of its own. */
async function world(test: TestContext, of: Partial<Policy> = {}): Promise<World> {
  const rota: Rota = {
    ...{ id: 'r', environment: '', name: '值班', timeZone: 'Asia/Shanghai' },
    ...{ members: ['zhang', 'li'], startsOn: '2022-08-10', handOverAt: '00:00', turnDays: 1 },
    overrides: [],
  }
  const receivers = ['robot', 'sms']
  const here = await World.make(
    dataFolder(test),
    {
      ...{ contacts: [], rotas: ['r'], receivers, ...of },
    },
    (notice) => renderFor(notice.receiver?.kind ?? 'mail')(notice, {}),
  )
  test.after(() => here.close())
  const { store, environment } = here
  const other = { name: 'other', framework: 'TARSFramework' } as const
  const { id: elsewhere } = await store.environments.createEnvironment(other, AT)
  for (const [n, name] of ['zhang', 'li', 'wang'].entries()) {
    const reach = { phone: `1380000000${n}`, dingtalk: `${name}-id` }
    await store.contacts.saveContact(contact(name, { environment, ...reach }))
    await store.contacts.saveContact(
      contact(name, { environment: elsewhere, phone: '13999999999', dingtalk: 'stranger' }),
    )
  }
  await store.rotas.saveRota({ ...rota, environment })
  const language = { language: 'zh', timeZone: 'Asia/Shanghai' } as const
  const settings = { id: 'sms', kind: 'aliyun-sms', name: 'sms', settings: SMS } as const
  await store.receivers.saveReceiver({ environment, ...language, ...settings }, AT)
  const robot = { id: 'robot', kind: 'dingtalk', name: 'robot', settings: ROBOT } as const
  await store.receivers.saveReceiver({ environment, ...language, ...robot }, AT)
  return here
}

/** `minute channel contact people`, but of mails. */
async function reached({ store, environment }: World): Promise<string[]> {
  const all = await store.reads.deliveries({ environment, limit: 1_000 })
  return all
    .filter(({ channel }) => channel !== 'mail')
    .map(({ plannedAt, channel, contact: who, people }) =>
      [
        (plannedAt - AT) / MINUTE,
        channel,
        who,
        ...(people?.userIds ?? []),
        ...(people?.mobiles ?? []),
      ].join(' '),
    )
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1))
}

describe('news that is told again', () => {
  it('goes by phone, too, to who was not told before, and not again to the numbers of the receiver', () => {
    const sms = receiver('aliyun-sms', ['13900000000'])
    const toldOf = [
      { policy: 'p', contact: 'whole' },
      { policy: 'p', contact: 'whole', via: sms.id },
      { policy: 'p', contact: sms.id },
    ]
    const { messages } = decided(sms, [whole, phoned], {}, toldOf)
    assert.deepEqual(messages, [['phoned', '13800000002']])
    const all = [...toldOf, { policy: 'p', contact: 'phoned', via: sms.id }]
    assert.deepEqual(decided(sms, [whole, phoned], {}, all).messages, [])
  })

  it('goes to no number that was told before, whoever has it', () => {
    const sms = receiver('aliyun-sms', ['13900000000'])
    const toldOf = [
      { policy: 'p', contact: 'phoned', via: sms.id },
      { policy: 'p', contact: sms.id },
    ]
    const others = [
      contact('same', { phone: '13800000002', email: '' }),
      contact('own', { phone: '13900000000', email: '' }),
      contact('none', { email: '', feishu: 'ou_1' }),
    ]
    const mail = { policy: 'p', contact: 'phoned' }
    const { messages, said } = decided(sms, [phoned, ...others], {}, [...toldOf, mail])
    assert.deepEqual([messages, said('told-before').length], [[], 1])
  })
})

describe('a policy that names a rota, a robot and SMS', () => {
  it('mentions and reaches who is on call, then who an escalation names; that it is over who was reached', async (t) => {
    const receivers = ['robot', 'sms']
    const here = await world(t, { escalation: [step(15, 'wang', { receivers })] })
    const a = here.alert('a')
    await here.news('fired', a)
    await here.until(20)
    await here.store.contacts.saveContact(
      contact('wang', { environment: here.environment, phone: '+85291234567' }),
    )
    here.clock.moveTo(AT + DAY_MINUTES * MINUTE)
    await here.news('resolved', a)
    await here.news('fired', here.alert('b', { rule: 'Other' }))
    assert.deepEqual(await reached(here), [
      ...['0 aliyun-sms zhang 13800000000', '0 dingtalk robot zhang-id'],
      ...['15 aliyun-sms wang 13800000002', '15 dingtalk robot wang-id'],
      `${DAY_MINUTES} aliyun-sms li 13800000001`,
      `${DAY_MINUTES} aliyun-sms wang +85291234567`,
      `${DAY_MINUTES} aliyun-sms zhang 13800000000`,
      ...[`${DAY_MINUTES} dingtalk robot`, `${DAY_MINUTES} dingtalk robot li-id`],
    ])
    assert.deepEqual(await here.reasons('a', 'address'), [
      ...['addressed', 'mentioned', 'phoned', 'addressed', 'mentioned', 'phoned'],
      ...['addressed', 'phoned'],
    ])
  })

  it('says of the end that who was told by phone is gone', async (t) => {
    const here = await world(t, { rotas: [], contacts: ['wang'] })
    const a = here.alert('a')
    await here.store.contacts.saveContact(
      contact('wang', { environment: here.environment, email: '', phone: '13800000002' }),
    )
    await here.news('fired', a)
    await here.store.contacts.removeContact(here.environment, 'wang')
    await here.news('resolved', a)
    assert.deepEqual(await reached(here), [
      ...['0 aliyun-sms wang 13800000002', '0 dingtalk robot', '0 dingtalk robot 13800000002'],
    ])
    assert.deepEqual(await here.reasons('a', 'address'), [
      ...['no-address', 'addressed', 'mentioned', 'phoned', 'addressed', 'contact-gone'],
    ])
  })

  it('reaches who stands in', async (t) => {
    const here = await world(t)
    const { store, environment } = here
    const [rota] = await store.rotas.rotas(environment)
    assert.ok(rota)
    const times = { from: AT, to: AT + MINUTE }
    const override = { id: 'o', ...times, contact: 'wang', by: 'anna', reason: '' }
    await store.rotas.saveRota({ ...rota, overrides: [override] })
    await here.news('fired', here.alert('a'))
    assert.deepEqual(await reached(here), [
      '0 aliyun-sms wang 13800000002',
      '0 dingtalk robot wang-id',
    ])
  })

  it('arrives at the vendors, and not at the phone of who was removed meanwhile', async (t) => {
    const here = await world(t, { contacts: ['wang'] })
    const { store, environment, clock } = here
    const peers = await Promise.all([startRobotPeer('dingtalk'), startRobotPeer('aliyun-sms')])
    const [robot, sms] = peers
    t.after(() => Promise.all(peers.map((peer) => peer.close())))
    await here.news('fired', here.alert('a'))
    await store.contacts.removeContact(environment, 'wang')
    const sender = new Sender({
      ...{ store: store.outbox, clock, log: silentLog, onSent: () => {} },
      channels: [
        new Receivers('dingtalk', store.receivers, robot.deps),
        toReaders(new Receivers('aliyun-sms', store.receivers, sms.deps), store.contacts),
      ],
      concurrency: { total: 8, perDoor: 8 },
    })
    sender.wake()
    await sender.idle()
    await sender.stop()
    const bodies = ({ http }: RobotPeer) => http.received.map(({ body }) => body)
    assert.deepEqual(
      bodies(robot).map((body) => JSON.parse(body).at.atUserIds),
      [['zhang-id', 'wang-id']],
    )
    assert.deepEqual(
      bodies(sms).map((body) => new URLSearchParams(body).get('PhoneNumbers')),
      ['13800000000'],
    )
    assert.ok((await here.reasons('a', 'address')).includes('contact-gone'))
  })

  it('keeps nobody waiting for one whose number has had enough', async (t) => {
    const here = await world(t, { contacts: ['wang', 'li'], receivers: ['sms'] })
    const { store, clock } = here
    const sms = await startRobotPeer('aliyun-sms')
    t.after(() => sms.close())
    await here.news('fired', here.alert('a'))
    const limited = { Code: 'isv.BUSINESS_LIMIT_CONTROL', Message: '触发小时级流控Permits:5' }
    let tries = 0
    const http: typeof sms.deps.http = {
      close: () => {},
      post: async (request, signal) =>
        tries++ === 0
          ? { ...(await sms.deps.http.post(request, signal)), text: JSON.stringify(limited) }
          : sms.deps.http.post(request, signal),
    }
    const sender = new Sender({
      ...{ store: store.outbox, clock, log: silentLog, onSent: () => {} },
      channels: [new Receivers('aliyun-sms', store.receivers, { ...sms.deps, http })],
      concurrency: { total: 8, perDoor: 8 },
    })
    sender.wake()
    await sender.idle()
    for (let n = 0; n < 3; n++) {
      clock.advance(1_000)
      await sender.idle()
    }
    await sender.stop()
    assert.equal(tries, 3)
    const all = await store.reads.deliveries({ environment: here.environment, limit: 9 })
    const byPhone = all.filter(({ channel }) => channel === 'aliyun-sms')
    assert.deepEqual(byPhone.map(({ state }) => state).sort(), ['sent', 'sent', 'waiting'])
  })
})
