/** Records of a span that was read back before the start of the process: their rows are in blocks. */
import type { Labels } from '../../../model/labels.ts'
import type { PolledKind } from '../../../model/polled.ts'
import { selectTogether } from '../block/select-together.ts'
import type { TimeSpan } from '../feeds/readings.ts'
import type { ReporterId } from '../feeds/reporters.ts'
import type { Family } from '../memory/family.ts'
import type { Head } from '../memory/head.ts'
import { spanLabel } from '../memory/metrics.ts'
import type { SeriesRecord } from '../memory/series-record.ts'
import type { View } from '../read/view.ts'

export function* readBefore(
  head: Head,
  view: View,
  kind: PolledKind,
  span: TimeSpan,
): Generator<SeriesRecord> {
  const { stats, properties, servers, nodes } = head.families
  const families = { stat: [stats], property: [properties], registry: [servers, nodes] }[kind]
  for (const family of families) {
    const isRead = ({ labels }: { readonly labels: Labels }) =>
      kind === 'registry' ||
      (labels.span === spanLabel(span.toMs - span.fromMs) &&
        head.reporters.wasPolled(reporterOf(kind, labels), span))
    yield* recordsAt(family, view, span.toMs, isRead)
  }
}

function* recordsAt(
  family: Family,
  view: View,
  time: number,
  isRead: (record: { readonly labels: Labels }) => boolean,
): Generator<SeriesRecord> {
  for (const record of [...family.records()]) {
    if (isRead(record) && record.timeline.read(time, time, [0])) yield record
  }
  if (time >= view.floorMs) return
  // What cannot be read cannot be taken back either.
  const query = { matchers: [], startMs: time, endMs: time, columns: [0], onDamage: () => {} }
  for (const found of selectTogether(view.blocks, family.name, query)) {
    const { key, labels, merges } = found
    if (isRead({ labels })) yield family.record(key) ?? family.create(key, labels, merges)
  }
}

function reporterOf(kind: 'stat' | 'property', labels: Labels): ReporterId {
  const { side, caller = '', caller_ip = '', callee = '', callee_ip = '' } = labels
  if (kind === 'property') return { kind, module: labels.module ?? '', ip: labels.ip ?? '' }
  if (side === 'client') return { kind: side, module: caller, ip: caller_ip }
  return { kind: 'server', module: callee, ip: callee_ip }
}
