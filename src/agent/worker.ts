/** The process as the one that started it sees it: node-agent, our own launcher, or a shell. */
import cluster from 'node:cluster'
import { type Command, commandOf } from './commands.ts'

const SHUTDOWN = 'agent.shutdown'
/** How long a worker that is stopped waits for its master to disconnect it. */
const MASTER_PATIENCE_MS = 500

/**
 * Under node-agent 2.2.2 a stop would end the process before anything is saved: its container
 * disconnects twice, and Node ends a worker that disconnects unasked.
 *
 * Its master sends two messages: the shutdown, then the disconnect. Who is gone before the second ends
 * the master, and all workers, on EPIPE: the container's own disconnect, at the first, is passed over.
 */
export function prepareForNodeAgent(): void {
  // With it @tars/rpc would report our calls to the object of the config, which may be ourselves.
  delete process.env.TARS_MONITOR
  if (!cluster.isWorker || !cluster.worker) return
  cluster.worker.exitedAfterDisconnect = true
  const { disconnect } = process
  let isShutdown = false
  process.prependListener('message', (message) => {
    isShutdown = cmdOf(message) === SHUTDOWN
    process.nextTick(() => {
      isShutdown = false
    })
  })
  process.disconnect = () => {
    if (process.connected && !isShutdown) disconnect?.call(process)
  }
}

/** Before the end of a process whose master stops it: until that has disconnected it. */
export async function disconnectedByMaster(): Promise<void> {
  if (!cluster.isWorker || !process.connected) return
  await new Promise<void>((resolve) => {
    process.once('disconnect', resolve)
    setTimeout(resolve, MASTER_PATIENCE_MS)
  })
}

/** node-agent has started more than one (no `instances=1`): this is not the first. */
export function isSpareWorker(workerId = process.env.WORKER_ID): boolean {
  return workerId !== undefined && /^[1-9]\d*$/.test(workerId)
}

/**
 * Ends a worker that is not wanted. Whoever leaves the cluster like this is not started again; an
 * exit would be taken for a crash, and the second within 10 s ends all workers.
 */
export function leaveCluster(): void {
  process.once('disconnect', () => process.exit(0))
  if (cluster.worker) cluster.worker.disconnect()
  else process.exit(0)
}

/** Resolves when anybody wants the process to end. */
export function stopRequest(): Promise<void> {
  return new Promise((resolve) => {
    const request = () => resolve()
    process.on('message', (message) => {
      if (cmdOf(message) === SHUTDOWN) request()
    })
    // Without this listener node-agent ends the worker at once.
    process.on('disconnect', request)
    process.on('SIGTERM', request)
    process.on('SIGINT', request)
  })
}

function cmdOf(message: unknown): unknown {
  return typeof message === 'object' && message && 'cmd' in message ? message.cmd : undefined
}

/** Runs the commands that come as process messages; who sent an id is answered. SIGHUP reloads. */
export function onCommand(run: (command: Command) => Promise<string>): void {
  process.on('message', (message) => {
    const command = commandOf(message)
    if (!command) return
    void run(command).then((result) => {
      if (command.id === undefined || !process.connected) return
      const answer = { cmd: 'admin.result', id: command.id, result }
      // Whoever asked may be gone: without a listener that would end this process.
      process.send?.(answer, undefined, undefined, () => {})
    })
  })
  process.on('SIGHUP', () => void run({ name: 'tars.loadconfig', data: '' }))
}
