/** All measurements, one after the other, each on a stage of its own. */
import { startCloud } from './cloud.ts'
import { DAY_MINUTES, type Model, modelOf } from './data.ts'
import { type IngestFigures, measureIngest } from './ingest.ts'
import { type LoopFigures, measureLoop, memoryOf } from './loop.ts'
import { type PeerName, startPeer } from './peers.ts'
import type { ThreadMemory } from './probe.ts'
import { type Comparison, load, measureRules } from './queries.ts'
import { slots } from './schedule.ts'
import { onStage, type Stage } from './stage.ts'
import { type Target, TargetError } from './target.ts'

export const RECORDS = 10_000
export const MANY_RECORDS = 50_000
/** What the rules look at, in minutes back from the last. */
const YESTERDAY = [DAY_MINUTES + 15, DAY_MINUTES - 3] as const
const TODAY = [20, 0] as const

export interface Extent {
  readonly hotMinutes: number
  readonly remoteWriteMinutes: number
  readonly loopMinutes: number
  /** Of the rules. */
  readonly rounds: number
}

export interface Run {
  /** Those that are here. */
  readonly peers: readonly PeerName[]
  /** The end of the newest minute there will be. */
  readonly lastMs: number
  readonly extent: Extent
  readonly note: (text: string) => void
}

export interface OurFigures extends IngestFigures {
  /** Of each thread, when all is there. */
  readonly memory: readonly ThreadMemory[]
}

export interface Figures {
  readonly rules: Comparison
  readonly rulesOfMany: Comparison
  readonly peers: Readonly<Partial<Record<PeerName, IngestFigures>>>
  readonly ours: OurFigures
  readonly oursOfMany: OurFigures
  /** Or why it could not be measured. */
  readonly remoteWrite: IngestFigures | string
  readonly loop: LoopFigures
}

export async function measure(run: Run): Promise<Figures> {
  const { extent, lastMs, note, peers } = run
  const few = modelOf(RECORDS)
  const many = modelOf(MANY_RECORDS)
  const rules = await rulesOver(run, few, peers)
  const rulesOfMany = await rulesOver(run, many, [])
  const ours = await ingestOfOurs(run, few)
  const oursOfMany = await ingestOfOurs(run, many)
  const ofPeers: Partial<Record<PeerName, IngestFigures>> = {}
  for (const peer of peers) {
    ofPeers[peer] = await onStage(async (stage) =>
      ingest(run, await startPeer(peer, few, stage), few),
    )
  }
  const remoteWrite = await remoteWriteOfOurs(run, few)
  note(`the event loop under windows of 14,500 records, ${extent.loopMinutes} minutes`)
  const loop = await onStage((stage) => measureLoop(stage, lastMs, extent.loopMinutes))
  return { rules, rulesOfMany, ours, oursOfMany, peers: ofPeers, remoteWrite, loop }
}

function rulesOver(run: Run, model: Model, peers: readonly PeerName[]): Promise<Comparison> {
  const { lastMs, extent, note } = run
  return onStage(async (stage) => {
    const targets: Target[] = [await startCloud(model, stage)]
    for (const peer of peers) targets.push(await startPeer(peer, model, stage))
    for (const target of targets) {
      note(`yesterday and today of ${model.records.length} records to ${target.name}`)
      await load(target, model, slots(lastMs, ...YESTERDAY))
      await load(target, model, slots(lastMs, ...TODAY))
    }
    note(`nine rules, ${extent.rounds} rounds`)
    return measureRules(targets, lastMs, extent.rounds)
  })
}

function ingestOfOurs(run: Run, model: Model): Promise<OurFigures> {
  return onStage(async (stage) => {
    const cloud = await startCloud(model, stage)
    const figures = await ingest(run, cloud, model)
    return { ...figures, memory: await memoryOf(cloud.process) }
  })
}

function ingest(run: Run, target: Target, model: Model): Promise<IngestFigures> {
  const minutes = slots(run.lastMs, run.extent.hotMinutes - 1)
  run.note(`${minutes.length} minutes of ${model.records.length} records to ${target.name}`)
  return measureIngest(target, model, minutes)
}

async function remoteWriteOfOurs(run: Run, model: Model): Promise<IngestFigures | string> {
  const { lastMs, extent, note } = run
  const minutes = slots(lastMs, extent.remoteWriteMinutes - 1)
  note(`${minutes.length} minutes of ${model.records.length} records to our write door`)
  const measured = (stage: Stage) =>
    startCloud(model, stage, 'remote write').then((cloud) => measureIngest(cloud, model, minutes))
  try {
    return await onStage(measured)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    return error.status === 404 ? 'the write door is not open yet' : error.message
  }
}
