/** `protocol/Uplink.tars`. */
import { bytes, type Infer, int, long, req, str, struct } from '../tars/schema.ts'

const StatKeys = struct({
  rows: req(0, int),
  callee: req(1, bytes),
  interface: req(2, bytes),
  caller: req(3, bytes),
  side: req(4, bytes),
  calleeIp: req(5, bytes),
  calleePort: req(6, bytes),
  callerIp: req(7, bytes),
  returnCode: req(8, bytes),
  set: req(9, bytes),
  version: req(10, bytes),
  spanMs: req(11, bytes),
})

const StatRows = struct({
  rows: req(0, int),
  key: req(1, bytes),
  timeouts: req(2, bytes),
  exceptions: req(3, bytes),
  bucket5: req(4, bytes),
  bucket10: req(5, bytes),
  bucket50: req(6, bytes),
  bucket100: req(7, bytes),
  bucket200: req(8, bytes),
  bucket500: req(9, bytes),
  bucket1000: req(10, bytes),
  bucket2000: req(11, bytes),
  bucket3000: req(12, bytes),
  bucketInf: req(13, bytes),
  calls: req(14, bytes),
  durationSumMs: req(15, bytes),
  durationMaxMs: req(16, bytes),
})

const PropertyKeys = struct({
  rows: req(0, int),
  module: req(1, bytes),
  property: req(2, bytes),
  policy: req(3, bytes),
  ip: req(4, bytes),
  set: req(5, bytes),
  le: req(6, bytes),
  spanMs: req(7, bytes),
})

const PropertyRows = struct({ rows: req(0, int), key: req(1, bytes), value: req(2, bytes) })

const Windows = struct({
  rows: req(0, int),
  endMs: req(1, bytes),
  lengthMs: req(2, bytes),
  stats: req(3, bytes),
  properties: req(4, bytes),
  states: req(5, bytes),
  kind: req(6, bytes),
  feed: req(7, bytes),
  term: req(8, bytes),
  read: req(9, bytes),
})

const States = struct({
  rows: req(0, int),
  module: req(1, bytes),
  node: req(2, bytes),
  set: req(3, bytes),
  wanted: req(4, bytes),
  present: req(5, bytes),
  endpoints: req(6, bytes),
})

const Events = struct({
  rows: req(0, int),
  at: req(1, bytes),
  module: req(2, bytes),
  level: req(3, bytes),
  kind: req(4, bytes),
  node: req(5, bytes),
  set: req(6, bytes),
  title: req(7, bytes),
  text: req(8, bytes),
  row: req(9, bytes),
})

const Unknown = struct({
  rows: req(0, int),
  fromMs: req(1, bytes),
  toMs: req(2, bytes),
  reason: req(3, bytes),
})

export const Uplink = struct({
  agent: req(0, str),
  epoch: req(1, str),
  seq: req(2, long),
  host: req(3, str),
  version: req(4, str),
  startedAt: req(5, long),
  madeAt: req(6, long),
  textCount: req(7, int),
  texts: req(8, bytes),
  windows: req(9, Windows),
  statKeys: req(10, StatKeys),
  statRows: req(11, StatRows),
  propertyKeys: req(12, PropertyKeys),
  propertyRows: req(13, PropertyRows),
  states: req(14, States),
  events: req(15, Events),
  unknown: req(16, Unknown),
})

export type Uplink = Infer<typeof Uplink>
