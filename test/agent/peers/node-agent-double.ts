/**
 * Does to a server what node-agent 2.2.2 does, as far as the server can notice: cluster workers that
 * load the script as main, environment, messages, the disconnect from both sides at a stop, restarts.
 *
 *   node node-agent-double.ts <script> -c <TARS config>
 *
 * What happens is told on stdout as JSON lines. A message `{ notify: 'tars.viewstatus' }` is what its
 * AdminObj would get; SIGINT stops.
 */
import cluster, { type Worker } from 'node:cluster'
import { readFileSync } from 'node:fs'
import Module from 'node:module'
import { dirname, resolve } from 'node:path'

const UNCAUGHT = 100
/** Beyond what node-agent waits: for a machine that is busy. Far less than the cloud is waited for. */
const BUSY_MS = 4_000

if (cluster.isPrimary) master()
else container()

function master(): void {
  const [script = '', , config = ''] = process.argv.slice(2)
  const text = readFileSync(config, 'utf8')
  const numberOf = (key: string) => Number(new RegExp(`^ *${key}=(\\d+)`, 'm').exec(text)?.[1])
  const graceMs = Math.max(0, (numberOf('deactivating-timeout') || 3_000) - 1_000) + BUSY_MS
  const seqs: boolean[] = []
  let exceptions = 0
  let isBroken = false

  const say = (event: object) => process.stdout.write(`${JSON.stringify(event)}\n`)

  const start = () => {
    const free = seqs.indexOf(false)
    const seq = free < 0 ? seqs.length : free
    seqs[seq] = true
    const worker = cluster.fork({
      agent_args: JSON.stringify({ exec_script: resolve(script) }),
      TARS_CONFIG: config,
      TARS_MONITOR: 'true',
      WORKER_ID: String(seq),
    })
    let hasError = false
    worker.on('message', (message) => {
      if (message.cmd === 'god:err') hasError = true
    })
    worker.process.stderr?.pipe(process.stderr)
    worker.once('exit', (code: number, signal: string | null) => {
      seqs[seq] = false
      const expected = worker.exitedAfterDisconnect === true
      say({ event: 'exit', seq, code, signal, expected })
      if (!expected || hasError) restart()
      if (!seqs.includes(true)) setTimeout(() => process.exit(isBroken ? UNCAUGHT : 0), 100).unref()
    })
    say({ event: 'fork', seq, pid: worker.process.pid })
  }

  /** The second within 10 s ends all. */
  const restart = () => {
    if (exceptions === 0) setTimeout(() => (exceptions = 0), 10_000).unref()
    if (++exceptions < 2) return start()
    isBroken = true
    for (const worker of workers()) stop(worker)
  }

  const stop = (worker: Worker) => {
    setTimeout(() => {
      say({ event: 'force kill' })
      worker.process.kill('SIGTERM')
    }, graceMs).unref()
    worker.send({ cmd: 'agent.shutdown' })
    // As on a machine that is busy: whoever is gone by then ends this process by EPIPE.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
    worker.disconnect()
  }

  // As node-agent does: workers inherit its own arguments.
  cluster.setupPrimary({ exec: process.argv[1] ?? '', silent: true })
  for (let i = 0; i < (numberOf('instances') || 3); i++) start()
  process.once('SIGINT', () => {
    for (const worker of workers()) stop(worker)
  })
  process.on('message', ({ notify }: { notify: string }) => {
    const [cmd = '', ...rest] = notify.split(' ')
    for (const worker of workers()) worker.send({ cmd, data: rest.join(' ') })
  })
}

function workers(): Worker[] {
  return Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
}

function container(): void {
  const { exec_script: script } = JSON.parse(process.env.agent_args ?? '{}')
  delete process.env.agent_args
  process.argv[1] = script
  process.on('SIGINT', () => {})
  process.on('disconnect', function ours() {
    if (process.listeners('disconnect').some((each) => each !== ours)) return
    process.exit()
  })
  process.on('uncaughtException', (error) => {
    process.send?.({ cmd: 'god:err', data: String(error) })
    setTimeout(() => process.exit(UNCAUGHT), 100)
  })
  process.on('message', (message: { cmd?: unknown } | undefined) => {
    if (message?.cmd === 'agent.shutdown' && process.connected) process.disconnect()
  })
  // Everything that is printed goes nowhere: under logLevel=DEBUG node-agent drops it.
  process.stdout.write = () => true
  process.chdir(dirname(script))
  const load = Module as unknown as { _load(path: string, parent: null, isMain: boolean): void }
  load._load(script, null, true)
}
