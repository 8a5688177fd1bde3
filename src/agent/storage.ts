/** What the agent keeps on disk: who it is, and the batches that the cloud does not have yet. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../support/clock.ts'
import { Failure } from '../support/failure.ts'
import type { Log } from '../support/log.ts'
import type { StopList } from '../support/stop-list.ts'
import type { Speaker } from './cloud-link.ts'
import type { AgentConfig } from './config.ts'
import type { TarsIdentity } from './identity.ts'
import type { Panel } from './panel.ts'
import { openDataFolder } from './spool/folder.ts'
import { Outbox } from './spool/outbox.ts'
import type { SpoolRecord } from './spool/record.ts'
import { keepRefused } from './spool/refused.ts'
import type { Disk } from './spool/segment-writer.ts'
import { DEFAULT_SPOOL, Spool } from './spool/spool.ts'

export interface StorageOptions {
  readonly identity: TarsIdentity
  readonly config: AgentConfig
  readonly clock: Clock
  readonly log: Log
  readonly panel: Panel
  readonly disk?: Disk | undefined
}

export interface Storage {
  readonly speaker: Speaker
  readonly spool: Spool
  readonly outbox: Outbox
  /** Keeps a batch that was refused for good; what it covers is unknown. Returns where it is. */
  setAside(record: SpoolRecord): string
}

/** The agent cannot run as it is configured. */
export class AgentFailure extends Failure<'no-data-path'> {}

/** What was opened is pushed on `parts`, also when the rest fails. @throws {Failure} */
export async function openStorage(options: StorageOptions, parts: StopList): Promise<Storage> {
  const { identity, config, clock } = options
  const startedAt = clock.now()
  const path = config.dataPath ?? identity.dataPath
  if (path === undefined) {
    throw new AgentFailure('no-data-path', 'neither data_path nor datapath of TARS says where')
  }
  const folder = openDataFolder(path)
  parts.push('data folder', () => folder.release())
  const spool = await openSpool(join(path, 'spool'), options)
  parts.push('spool', () => spool.close())
  const epoch = randomBytes(8).toString('hex')
  const { agent } = folder
  const speaker = { agent, epoch, host: identity.node, version: version(), startedAt }
  const outbox = new Outbox({ spool, speaker, now: () => clock.now() })
  if (spool.heardUntilMs > 0) {
    outbox.addUnknown({ fromMs: spool.heardUntilMs, toMs: startedAt, reason: 'restart' })
  }
  const setAside = (record: SpoolRecord) => {
    const { span } = record.entry
    if (span) outbox.addUnknown({ ...span, reason: 'overflow' })
    return keepRefused(join(path, 'refused'), record)
  }
  return { speaker, spool, outbox, setAside }
}

function openSpool(folder: string, { config, clock, log, panel, disk }: StorageOptions) {
  const failing = `the disk of ${folder} fails, data is kept in memory only`
  return Spool.open({
    folder,
    limits: { ...DEFAULT_SPOOL, maxBytes: config.spoolBytes, maxAgeMs: config.spoolAgeMs },
    clock,
    log,
    ...(disk && { disk }),
    onTrouble: (why) =>
      void (why === undefined
        ? panel.tell('normal', `the disk of ${folder} works again`, 'disk')
        : panel.tell('error', `${failing}: ${why}`, 'disk')),
  })
}

function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return String((JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown }).version)
}
