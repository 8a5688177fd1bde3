/** What the figures must be. */
import { type Check, check, notRun } from '../../bench-checks.ts'
import type { IngestFigures } from './ingest.ts'
import type { LoopFigures } from './loop.ts'
import type { PeerName } from './peers.ts'
import type { Held } from './probe.ts'
import type { Comparison } from './queries.ts'
import {
  type Figures,
  type IngestPart,
  MANY_RECORDS,
  type OurFigures,
  RECORDS,
  type RulePart,
} from './run.ts'

type Goal = Parameters<typeof check>[3]

const A_SIXTH: Goal = '<= 0.1667'
/** Five times the records; the rest is what times on a busy machine differ by. */
const LINEAR: Goal = '<= 5.5'
const HELD: Goal = '<= 50'

export function checksOf({ ingest, rules, loop }: Figures): Check[] {
  return [
    ...(ingest ? ingestChecks(ingest) : []),
    ...(rules ? ruleChecks(rules) : []),
    ...(loop ? loopChecks(loop) : []),
  ]
}

function ingestChecks({ few, many, peers, remoteWrite }: IngestPart): Check[] {
  const cpu = (peer: PeerName, goal: Goal) =>
    toPeer(
      `CPU of a record to ${peer}`,
      goal,
      peers[peer],
      (their) => few.cpuMicros / their.cpuMicros,
    )
  const memory = ({ records, rssBytes }: OurFigures, peer: PeerName, goal: Goal) =>
    toPeer(
      `memory of a record, ${records}, to ${peer}`,
      goal,
      peers[peer],
      (their) => rssBytes / their.rssBytes,
    )
  return [
    cpu('victoria-metrics', '<= 0.2'),
    cpu('prometheus', '<= 0.04'),
    remoteWriteCheck(remoteWrite, peers.prometheus),
    ...[few, many].flatMap((ours) => [
      memory(ours, 'victoria-metrics', '<= 1'),
      memory(ours, 'prometheus', A_SIXTH),
    ]),
    check('disk, index included', few.packedBytesOfSample, 'B/sample', '<= 1'),
  ]
}

function remoteWriteCheck(
  ours: IngestPart['remoteWrite'],
  prometheus: IngestFigures | undefined,
): Check {
  const name = 'CPU of remote write to prometheus'
  if (typeof ours === 'string') {
    return { name, value: null, unit: 'x', goal: '<= 1', ok: false, why: ours }
  }
  return toPeer(name, '<= 1', prometheus, (their) => ours.cpuMicros / their.cpuMicros)
}

function ruleChecks({ few, many }: RulePart): Check[] {
  const ours = few.figures.ours?.sumMs ?? Number.NaN
  const ratio = (peer: PeerName, goal: Goal) =>
    toPeer(`nine rules to ${peer}`, goal, few.figures[peer], ({ sumMs }) => ours / sumMs)
  const growth = (many.figures.ours?.sumMs ?? Number.NaN) / ours
  return [
    ratio('prometheus', A_SIXTH),
    ratio('victoria-metrics', '<= 0.25'),
    check(`nine rules, ${MANY_RECORDS} records to ${RECORDS}`, growth, 'x', LINEAR),
    answersCheck(few),
  ]
}

/** Also that there are answers at all. */
function answersCheck({ figures, differences }: Comparison): Check {
  const name = 'answers to rules that differ'
  const isAlone = Object.keys(figures).length === 1
  if (isAlone && differences.length === 0) return notRun(name, '', '<= 0', 'no peer is on PATH')
  return check(name, differences.length, '', '<= 0')
}

function loopChecks(loop: LoopFigures): Check[] {
  const longest = (name: string, { stretches }: Held) =>
    check(`event loop held by ${name}`, stretches[0]?.ms ?? 0, 'ms', HELD)
  return [
    longest('windows of 14,500 records', loop.ingest),
    longest('two hours of them, flushed and merged', loop.background),
    longest('a heavy query', loop.heavyQuery),
  ]
}

function toPeer<T>(
  name: string,
  goal: Goal,
  their: T | undefined,
  ratio: (their: T) => number,
): Check {
  if (their === undefined) return notRun(name, 'x', goal, 'it is not on PATH')
  return check(name, ratio(their), 'x', goal)
}
