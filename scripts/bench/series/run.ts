/** All measurements, one after the other, each on a stage of its own. */
import { startCloud } from './cloud.ts'
import { DAY_MINUTES, type Model, modelOf, VALUES } from './data.ts'
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

export const PARTS = ['rules', 'ingest', 'loop'] as const
export type Part = (typeof PARTS)[number]

export interface Run {
  readonly parts: readonly Part[]
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

export interface RulePart {
  readonly few: Comparison
  readonly many: Comparison
}

export interface IngestPart {
  readonly few: OurFigures
  readonly many: OurFigures
  readonly peers: Readonly<Partial<Record<PeerName, IngestFigures>>>
  /** Or what the door did instead of taking them. */
  readonly remoteWrite: IngestFigures | string
}

/** Of the parts that were wanted. */
export interface Figures {
  readonly rules?: RulePart
  readonly ingest?: IngestPart
  readonly loop?: LoopFigures
}

export async function measure(run: Run): Promise<Figures> {
  const wants = (part: Part) => run.parts.includes(part)
  return {
    ...(wants('rules') && { rules: await measureRulePart(run) }),
    ...(wants('ingest') && { ingest: await measureIngestPart(run) }),
    ...(wants('loop') && { loop: await measureLoopPart(run) }),
  }
}

async function measureRulePart(run: Run): Promise<RulePart> {
  const few = await rulesOver(run, modelOf(RECORDS), run.peers)
  return { few, many: await rulesOver(run, modelOf(MANY_RECORDS), []) }
}

async function measureIngestPart(run: Run): Promise<IngestPart> {
  const model = modelOf(RECORDS)
  const few = await ingestOfOurs(run, model)
  const many = await ingestOfOurs(run, modelOf(MANY_RECORDS))
  const peers: Partial<Record<PeerName, IngestFigures>> = {}
  for (const peer of run.peers) {
    peers[peer] = await onStage(async (stage) =>
      ingest(run, await startPeer(peer, model, stage), model),
    )
  }
  return { few, many, peers, remoteWrite: await remoteWriteOfOurs(run, model) }
}

function measureLoopPart({ lastMs, extent, note }: Run): Promise<LoopFigures> {
  note(`the event loop under windows of 14,500 records, ${extent.loopMinutes} minutes`)
  return onStage((stage) => measureLoop(stage, lastMs, extent.loopMinutes))
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
  const sent = model.records.length * VALUES + model.queues.length
  const measured = async (stage: Stage) => {
    const cloud = await startCloud(model, stage, 'remote write')
    const figures = await measureIngest(cloud, model, minutes)
    const { vector } = await cloud.query('count({__name__=~"bench_.+"})', lastMs)
    const [kept = 0] = vector.values()
    return kept === sent ? figures : `${kept} series were kept of ${sent} sent`
  }
  try {
    return await onStage(measured)
  } catch (error) {
    if (error instanceof TargetError) return error.message
    throw error
  }
}
