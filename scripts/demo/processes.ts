/** The demo's processes: started with the shared clock, heard, stopped. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import type { ClockPlan } from '../../src/support/clock.ts'

export interface Started {
  readonly name: string
  readonly child: ChildProcess
  /** Last lines it wrote on stderr. */
  readonly lastWords: string[]
}

const LAST_WORDS = 20

/** Starts a Node.js process and resolves when it says it is ready; rejects with its last words when it ends before. */
export async function startProcess(
  name: string,
  script: string,
  options: {
    args?: readonly string[]
    env?: Readonly<Record<string, string>>
    onLine?: (line: string) => void
  },
): Promise<Started> {
  const child = fork(script, options.args ?? [], {
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: [],
  })
  const started: Started = { name, child, lastWords: [] }
  for (const stream of [child.stdout, child.stderr]) {
    let rest = ''
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        started.lastWords.push(line)
        if (started.lastWords.length > LAST_WORDS) started.lastWords.shift()
        options.onLine?.(line)
      }
    })
  }
  await ready(started)
  return started
}

function ready({ name, child, lastWords }: Started): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) =>
      reject(
        new Error(`${name} ended with code ${code} before it was ready\n${lastWords.join('\n')}`),
      )
    child.once('exit', failed)
    child.on('message', (message: { ready?: boolean }) => {
      if (!message.ready) return
      child.off('exit', failed)
      resolve()
    })
  })
}

/** Every process follows this clock from now on. */
export function steer(processes: readonly Started[], plan: ClockPlan): void {
  for (const { child } of processes) if (child.connected) child.send({ clock: plan })
}

/** Asks all to stop at once; kills what has not within `graceMs`. */
export async function stopAll(processes: readonly Started[], graceMs: number): Promise<void> {
  await Promise.all(
    processes.map(async ({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      const late = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await ended
      clearTimeout(late)
    }),
  )
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
