/**
 * What node-agent is to tarsnode, for one server with one worker: runs it, says that it lives, hands
 * it commands, starts it again when it ends, and stops it.
 */
import type { Clock } from '../support/clock.ts'
import { messageOf } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import { type Communicator, openCommunicator } from '../tars/communicator.ts'
import { ServantHost } from '../tars/host.ts'
import { logLevelOf } from '../tars/log-level.ts'
import { Notifier } from '../tars/notifier.ts'
import { adminServant } from './admin-servant.ts'
import type { EntryPoint } from './entry-point.ts'
import { ExitLimit } from './exit-limit.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { NodeReporter } from './node-reporter.ts'
import { Worker, type WorkerExit } from './worker.ts'
import { WorkerWatch } from './worker-watch.ts'

export interface LauncherOptions {
  readonly plan: LaunchPlan
  readonly entry: EntryPoint
  /** Absolute. */
  readonly tarsConfigFile: string
  readonly onOutput: ((text: string) => void) | undefined
  /** The launcher has ended: the process should. */
  readonly onEnd: (code: number) => void
  readonly clock: Clock
  readonly log: Log
}

/** tarsnode starts a server that ended so again, after a while. */
const TOO_MANY_EXITS = 100
/** For the last notify. */
const FAREWELL_MS = 300
const MAX_ADMIN_CONNECTIONS = 64

export class Launcher {
  readonly #options: LauncherOptions
  readonly #exits: ExitLimit
  readonly #communicator: Communicator
  readonly #notifier: Notifier | undefined
  readonly #reporter: NodeReporter | undefined
  #host: ServantHost | undefined
  #worker: Worker | undefined
  #watch: WorkerWatch | undefined
  #ending = false

  constructor(options: LauncherOptions) {
    const { plan } = options
    this.#options = options
    this.#exits = new ExitLimit(plan.maxExits, plan.exitsWithinMs)
    this.#communicator = openCommunicator(plan.locator)
    this.#notifier = this.#try('notify', plan.notify, (object) => this.#newNotifier(object))
    this.#reporter = this.#try('node', plan.nodeObject, (object) => this.#newReporter(object))
  }

  async start(): Promise<void> {
    await this.#listen()
    if (this.#ending) return
    this.#reporter?.start()
    this.#startWorker()
    void this.#notifier?.notify('normal', 'restart')
  }

  /** Stops the worker within the deactivating time; then `onEnd(0)`. */
  async stop(why: string): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    const { log, plan } = this.#options
    log.info({ why }, 'stopping')
    const told = this.#notifier?.notify('normal', 'stop')
    log.info({ ...(await this.#worker?.stop(plan.deactivatingMs)) }, 'stopped')
    await this.#end(0, told)
  }

  #startWorker(): void {
    const { entry, tarsConfigFile, onOutput, clock, log } = this.#options
    const onExit = (exit: WorkerExit) => this.#onExit(exit)
    const worker = new Worker({ file: entry.file, tarsConfigFile, onOutput, onExit, clock })
    this.#worker = worker
    this.#watch = new WorkerWatch({
      ask: () => worker.ask('tars.viewversion', ''),
      onHung: () => this.#onHung(worker),
      clock,
    })
    log.info({ pid: worker.pid, file: entry.file, node: process.version }, 'worker started')
  }

  #onHung(worker: Worker): void {
    this.#options.log.error({ pid: worker.pid }, 'the worker does not answer any more')
    void this.#notifier?.notify('error', '[alarm] zombie worker, it is killed')
    worker.kill()
  }

  #onExit(exit: WorkerExit): void {
    this.#watch?.stop()
    if (this.#ending) return
    const { log, clock, plan } = this.#options
    log.error({ ...exit }, 'worker exit unexpected')
    const told = this.#notifier?.notify('error', `[alarm] worker exit unexpected${detailOf(exit)}`)
    if (this.#exits.allows(clock.now())) return this.#startWorker()
    this.#ending = true
    const limit = `exited ${plan.maxExits} times within ${plan.exitsWithinMs / 1_000} s`
    log.error(`giving up: the worker ${limit}`)
    const alsoTold = this.#notifier?.notify('error', `[alarm] exiting, the worker ${limit}`)
    void this.#end(TOO_MANY_EXITS, Promise.all([told, alsoTold]))
  }

  async #end(code: number, told: Promise<unknown> | undefined): Promise<void> {
    const { clock, onEnd } = this.#options
    this.#reporter?.stop()
    const farewell = new Promise<void>((resolve) => clock.after(FAREWELL_MS, resolve))
    await Promise.all([told && Promise.race([told, farewell]), this.#host?.stop(FAREWELL_MS)])
    onEnd(code)
  }

  /** Without it the server runs, but tarsnode can only kill it. */
  async #listen(): Promise<void> {
    const { plan, clock, log } = this.#options
    if (!plan.local) return
    const adapter = {
      name: 'AdminAdapter',
      endpoint: plan.local,
      servants: ['AdminObj'],
      maxConnections: MAX_ADMIN_CONNECTIONS,
    }
    const servants = [adminServant(this.#adminTarget())]
    this.#host = new ServantHost({ adapters: [adapter], servants, clock, log })
    try {
      await this.#host.start()
    } catch (error) {
      log.error({ error: messageOf(error) }, 'no commands from tarsnode')
      this.#host = undefined
    }
  }

  #adminTarget() {
    const worker = () => this.#worker
    const { log, entry } = this.#options
    return {
      version: entry.version,
      get isReady() {
        return worker()?.isOnline ?? false
      },
      shutdown: () => void this.stop('AdminF.shutdown'),
      setLogLevel(level: string) {
        log.level = logLevelOf(level) ?? log.level
      },
      ask: async (cmd: string, data: string) => worker()?.ask(cmd, data),
    }
  }

  #newNotifier(object: string): Notifier {
    const { app, server, node, set } = this.#options.plan
    const { log } = this.#options
    return new Notifier({ communicator: this.#communicator, object, app, server, node, set, log })
  }

  #newReporter(object: string): NodeReporter {
    const { plan, entry, clock, log } = this.#options
    return new NodeReporter({
      communicator: this.#communicator,
      object,
      app: plan.app,
      server: plan.server,
      version: entry.version,
      pid: process.pid,
      clock,
      log,
    })
  }

  /** What the config names wrongly is done without. */
  #try<T>(key: string, object: string | undefined, open: (object: string) => T): T | undefined {
    if (object === undefined) return undefined
    try {
      return open(object)
    } catch (error) {
      this.#options.log.error({ key, object, error: messageOf(error) }, 'cannot be called')
      return undefined
    }
  }
}

function detailOf({ code, signal, error }: WorkerExit): string {
  if (error !== undefined) return `: ${error}`
  return signal === null ? `, code ${code}` : `, ${signal}`
}
