/** What the figures must be. */
import { type Check, check, notRun } from '../../bench-checks.ts'
import type { PeerName } from './peers.ts'
import { type Figures, MANY_RECORDS, RECORDS } from './run.ts'

type Goal = Parameters<typeof check>[3]

const A_SIXTH: Goal = '<= 0.1667'
/** Five times the records; the rest is what times on a busy machine differ by. */
const LINEAR: Goal = '<= 5.5'
const HELD: Goal = '<= 50'

export function checksOf(figures: Figures): Check[] {
  return [
    ...ingestChecks(figures),
    remoteWriteCheck(figures),
    ...memoryChecks(figures),
    check('disk, index included', figures.ours.packedBytesOfSample, 'B/sample', '<= 1'),
    ...ruleChecks(figures),
    ...loopChecks(figures),
  ]
}

function ingestChecks({ ours, peers }: Figures): Check[] {
  const ratio = (peer: PeerName, goal: Goal) =>
    toPeer(
      `CPU of a record to ${peer}`,
      goal,
      peers[peer],
      (their) => ours.cpuMicros / their.cpuMicros,
    )
  return [ratio('victoria-metrics', '<= 0.2'), ratio('prometheus', '<= 0.04')]
}

function remoteWriteCheck({ remoteWrite, peers: { prometheus } }: Figures): Check {
  const name = 'CPU of remote write to prometheus'
  if (typeof remoteWrite === 'string') return notRun(name, 'x', '<= 1', remoteWrite)
  return toPeer(name, '<= 1', prometheus, (their) => remoteWrite.cpuMicros / their.cpuMicros)
}

function memoryChecks({ ours, oursOfMany, peers }: Figures): Check[] {
  return [ours, oursOfMany].flatMap(({ records, rssBytes }) => {
    const ratio = (peer: PeerName, goal: Goal) =>
      toPeer(
        `memory of a record, ${records}, to ${peer}`,
        goal,
        peers[peer],
        (their) => rssBytes / their.rssBytes,
      )
    return [ratio('victoria-metrics', '<= 1'), ratio('prometheus', A_SIXTH)]
  })
}

function ruleChecks({ rules, rulesOfMany }: Figures): Check[] {
  const ours = rules.figures.ours?.sumMs ?? Number.NaN
  const ratio = (peer: PeerName, goal: Goal) =>
    toPeer(`nine rules to ${peer}`, goal, rules.figures[peer], ({ sumMs }) => ours / sumMs)
  const growth = (rulesOfMany.figures.ours?.sumMs ?? Number.NaN) / ours
  return [
    ratio('prometheus', A_SIXTH),
    ratio('victoria-metrics', '<= 0.25'),
    check(`nine rules, ${MANY_RECORDS} records to ${RECORDS}`, growth, 'x', LINEAR),
    check('answers to rules that differ', rules.differences.length, '', '<= 0'),
  ]
}

function loopChecks({ loop }: Figures): Check[] {
  const longest = (name: string, { stretches }: { stretches: readonly { ms: number }[] }) =>
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
