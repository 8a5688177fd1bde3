/** What tarsnode and tarsnotify are to a server, on ports of loopback. */

import { type ChildProcess, spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { closeCommunicator, openCommunicator } from '../../src/tars/communicator.ts'
import { AdminF } from '../../src/tars/idl/admin-f.ts'
import { NotifyF } from '../../src/tars/idl/notify-f.ts'
import { ServerF, type ServerInfo } from '../../src/tars/idl/server-f.ts'
import { proxy, type TwoWayProxy } from '../../src/tars/proxy.ts'
import type { Servant } from '../../src/tars/servant.ts'
import type { Cleanup } from '../agent/support/temp-folder.ts'
import { startServants } from '../tars/running-host.ts'

const SERVER_OBJ = 'tars.tarsnode.ServerObj'
const NOTIFY_OBJ = 'tars.tarsnotify.NotifyObj'

export class TarsnodeDouble {
  readonly alive: ServerInfo[] = []
  readonly versions: string[] = []
  readonly notifies: string[] = []
  port = 0
  readonly #news = new EventEmitter()

  static async start(test: Cleanup): Promise<TarsnodeDouble> {
    const double = new TarsnodeDouble()
    const { host, port } = await startServants(double.#servants())
    test.after(() => host.stop(0))
    double.port = port
    return double
  }

  get address(): string {
    return `tcp -h 127.0.0.1 -p ${this.port} -t 60000`
  }

  /** Resolves when `condition` holds; it is asked after each call that comes. */
  async until(condition: (double: this) => boolean): Promise<void> {
    while (!condition(this)) await once(this.#news, 'call')
  }

  #servants(): Servant[] {
    const heard = <T>(list: T[], item: T) => {
      list.push(item)
      this.#news.emit('call')
    }
    return [
      {
        name: SERVER_OBJ,
        functions: {
          keepAlive: (body, call) => {
            heard(this.alive, ServerF.keepAlive.request.decode(body).serverInfo)
            call.respond(ServerF.keepAlive.response.encode({ ret: 0 }))
          },
          reportVersion: (body, call) => {
            heard(this.versions, ServerF.reportVersion.request.decode(body).version)
            call.respond(ServerF.reportVersion.response.encode({ ret: 0 }))
          },
        },
      },
      {
        name: NOTIFY_OBJ,
        functions: {
          reportNotifyInfo: (body, call) => {
            const { info } = NotifyF.reportNotifyInfo.request.decode(body)
            heard(this.notifies, `${info.eLevel} ${info.sMessage}`)
            call.respond(NotifyF.reportNotifyInfo.response.encode({}))
          },
        },
      },
    ]
  }
}

/** Ports of loopback that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}

export interface ServerConfig {
  readonly folder: string
  readonly node: TarsnodeDouble
  /** stat, property, notify, agent. */
  readonly ports?: readonly number[]
  readonly adminPort: number
  readonly deactivatingMs?: number
}

/** A TARS config as tarsnode renders it; returns its path. */
export function writeTarsConfig(config: ServerConfig): string {
  const { folder, node, ports = [], adminPort, deactivatingMs = 3_000 } = config
  const text = readFileSync('conf/agent.tars.conf', 'utf8')
    .replace(/-p 18800/, `-p ${adminPort}`)
    .replaceAll(/-p 1880([2-5])/g, (_, n) => `-p ${ports[Number(n) - 2] ?? 0}`)
    .replace('data/agent/data/', join(folder, 'data'))
    .replace('data/agent/log/', join(folder, 'app_log'))
    .replace(/deactivating-timeout=\d+/, `deactivating-timeout=${deactivatingMs}`)
    .replace('# notify=tars.tarsnotify.NotifyObj', `notify=${NOTIFY_OBJ}@${node.address}`)
    .replace('app=Alarm', `node=${SERVER_OBJ}@${node.address}\n      app=Alarm`)
  const file = join(folder, 'Alarm.AgentServer.config.conf')
  writeFileSync(file, text)
  return file
}

/** Where the logs of that config are. */
export function logFileIn(folder: string, suffix: string): string {
  return join(folder, `app_log/Alarm/AgentServer/Alarm.AgentServer${suffix}.log`)
}

/** AdminObj of a server, as tarsnode calls it. */
export function adminOf(test: Cleanup, port: number): TwoWayProxy<typeof AdminF> {
  const communicator = openCommunicator()
  test.after(() => closeCommunicator(communicator))
  return proxy(communicator, AdminF, `AdminObj@tcp -h 127.0.0.1 -p ${port} -t 10000`, {
    timeoutMs: 5_000,
  })
}

/** A process that the test ends, and its exit code. */
export function spawnServer(
  test: Cleanup,
  command: string,
  args: readonly string[],
): { child: ChildProcess; exit: Promise<number | null> } {
  const child = spawn(command, args, { stdio: 'ignore' })
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  test.after(() => child.kill('SIGKILL'))
  return { child, exit }
}

/** Resolves when the file holds this text; it and its folder may still be missing. */
export async function whenWritten(test: Cleanup, file: string, text: string): Promise<void> {
  mkdirSync(dirname(file), { recursive: true })
  const watcher = watch(dirname(file))
  test.after(() => watcher.close())
  const has = () => existsSync(file) && readFileSync(file, 'utf8').includes(text)
  while (!has()) await once(watcher, 'change')
}
