/** What ingest has done since its start. */
export interface IngestCounters {
  applied: number
  repeated: number
  /** By reason, a closed set. */
  refused: Record<string, number>
  /** Bodies of batches that were taken. */
  bytes: number
  /** Rows of batches that were applied. */
  stats: number
  properties: number
  events: number
}

export function newCounters(): IngestCounters {
  return { applied: 0, repeated: 0, refused: {}, bytes: 0, stats: 0, properties: 0, events: 0 }
}

/** What became of heartbeats since the start. */
export interface HeartbeatCounters {
  taken: number
  /** By reason, a closed set. */
  refused: Record<string, number>
}
