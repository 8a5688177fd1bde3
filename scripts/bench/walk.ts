/**
 * From a report's arrival at the agent to the SMTP server's 250, in real time with 10 s windows; and what
 * an idle agent and an idle cloud weigh. Agent and cloud are the real processes, over loopback.
 * The floor, measured in the same run: handing such a mail to the same SMTP server and nothing else.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import nodemailer from 'nodemailer'
import { StopList } from '../../src/support/stop-list.ts'
import { NOTIFY, NOTIFYERROR, NotifyF } from '../../src/tars/idl/notify-f.ts'
import { StatF } from '../../src/tars/idl/stat-f.ts'
import { encodeRequest, REQUEST_DEFAULTS } from '../../src/tars/packet.ts'
import { type Bench, check, median } from '../bench-checks.ts'
import { type Mailbox, openMailbox } from '../demo/mailbox.ts'
import { freePorts, type Started } from '../demo/processes.ts'
import { type Cloud, type Ports, startAgent, startCloud } from '../demo/stage.ts'

const FAULTS = 24
const WINDOW_MS = 10_000
const PATIENCE_MS = 40_000
const IDLE_MS = 15_000
const FLOOR_MAILS = 50

export const bench: Bench = async (note) => {
  const stop = new StopList()
  try {
    const folder = mkdtempSync(join(tmpdir(), 'tars-alarm-bench-'))
    stop.push('folder', () => rmSync(folder, { recursive: true, force: true }))
    const mailbox = await openMailbox({ now: () => Date.now(), webPort: 0, onMail: () => {} })
    stop.push('mailbox', () => mailbox.close())
    const clock = { realMs: Date.now(), shownMs: Date.now(), speed: 1 }
    const scene = { folder, clock, stop }
    note('starting cloud and agent')
    const [port] = await freePorts(1)
    const cloud = await startCloud(scene, mailbox, port ?? 0)
    const agent = await startAgent(scene, cloud)
    note(`${IDLE_MS / 1000} s of idleness, to weigh them`)
    await passed(IDLE_MS)
    const idle = { agent: residentMb(agent.process), cloud: residentMb(cloud.process) }
    note(`${FAULTS} faults at random moments of the window`)
    const walks = await injectFaults(agent.ports, mailbox)
    const inCloud = await cloudTimes(cloud)
    note(`${FLOOR_MAILS} mails handed over for the floor`)
    const floor = await smtpFloor(mailbox)
    return {
      checks: [
        check('report to 250, slowest', Math.max(...walks), 'ms', '<= 15000'),
        check('batch at the cloud to 250, median', median(inCloud), 'ms', '<= 300'),
        check('idle agent', idle.agent, 'MB RSS', '<= 140'),
        check('idle cloud', idle.cloud, 'MB RSS', '<= 220'),
      ],
      raw: {
        report_to_250_ms: walks,
        cloud_ms: inCloud,
        smtp_floor_ms_median: median(floor),
        cloud_to_floor_ratio: median(inCloud) / median(floor),
      },
    }
  } finally {
    await stop.stop()
  }
}

/** Each fault is of another service, so that nothing converges. Returns ms from report to 250. */
async function injectFaults(ports: Ports, mailbox: Mailbox): Promise<number[]> {
  const walks: Promise<number>[] = []
  for (let fault = 0; fault < FAULTS; fault++) {
    await passed(((Math.random() * (3 * WINDOW_MS)) / FAULTS) * 2)
    const service = `FaultServer${String(fault).padStart(2, '0')}`
    const sentAt = Date.now()
    if (fault % 2 === 0) await send(ports.notify, errorNotify(service))
    else await send(ports.stat, failingCalls(service))
    walks.push(mailOf(mailbox, service).then((receivedAt) => receivedAt - sentAt))
  }
  return Promise.all(walks)
}

async function mailOf(mailbox: Mailbox, service: string): Promise<number> {
  const giveUpAt = Date.now() + PATIENCE_MS
  while (Date.now() < giveUpAt) {
    const mail = mailbox.mails.find((each) => each.subject.includes(service))
    if (mail) return mail.receivedAt
    await passed(20)
  }
  throw new Error(`no mail of ${service} within ${PATIENCE_MS / 1000} s`)
}

async function cloudTimes({ console, environment }: Cloud): Promise<number[]> {
  const alarms = await console.alarms(environment.id)
  const deliveries = await Promise.all(
    alarms.map((alarm) => console.deliveries(environment.id, alarm.id)),
  )
  return deliveries
    .flat()
    .flatMap(({ sentAtMs, receivedAtMs }) =>
      sentAtMs === undefined ? [] : [sentAtMs - receivedAtMs],
    )
}

async function smtpFloor(mailbox: Mailbox): Promise<number[]> {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: mailbox.smtpPort,
    pool: true,
    ignoreTLS: true,
  })
  const times: number[] = []
  for (let i = 0; i < FLOOR_MAILS; i++) {
    const from = performance.now()
    await transport.sendMail({
      from: 'bench@demo.invalid',
      to: 'oncall@demo.invalid',
      subject: `floor ${i}`,
      html: '<p>floor</p>'.repeat(200),
    })
    times.push(performance.now() - from)
  }
  transport.close()
  return times
}

function errorNotify(server: string): Buffer {
  const info = {
    eType: NOTIFY,
    sApp: 'BenchApp',
    sSet: '',
    sContainer: '',
    sServer: server,
    sMessage: 'bench fault',
    sThreadId: '1',
    eLevel: NOTIFYERROR,
    sNodeName: '127.0.0.1',
  }
  const header = {
    ...REQUEST_DEFAULTS,
    sServantName: 'tars.tarsnotify.NotifyObj',
    sFuncName: 'reportNotifyInfo',
  }
  return encodeRequest(header, NotifyF.reportNotifyInfo.request.encode({ info }))
}

function failingCalls(server: string): Buffer {
  const head = {
    masterName: 'BenchApp.Client@3.0.20',
    slaveName: `BenchApp.${server}`,
    interfaceName: 'call',
    masterIp: '127.0.0.1',
    slaveIp: '127.0.0.1',
    slavePort: 1,
    returnValue: 0,
    slaveSetName: '',
    slaveSetArea: '',
    slaveSetID: '',
    tarsVersion: '',
  }
  const body = {
    count: 10,
    timeoutCount: 0,
    execCount: 90,
    intervalCount: [[5, 100]] as const,
    totalRspTime: 20,
    maxRspTime: 4,
    minRspTime: 1,
  }
  const header = {
    ...REQUEST_DEFAULTS,
    sServantName: 'tars.tarsstat.StatObj',
    sFuncName: 'reportMicMsg',
  }
  const msg = [[head, body]] as const
  return encodeRequest(header, StatF.reportMicMsg.request.encode({ msg, bFromClient: true }))
}

function send(port: number, packet: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(packet, () => resolve()))
    socket.once('error', reject)
  })
}

function residentMb({ child }: Started): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
