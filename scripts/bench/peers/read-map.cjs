/** `reportMicMsg` as generated code decodes it: `readMap` of @tars/stream into the structs of @tars/monitor. */
const { tars } = require('@tars/monitor/stat/StatFProxy')
const stream = require('@tars/stream')

/** Returns how many records were in the body. */
module.exports.decode = (body) => {
  const input = new stream.TarsInputStream(new stream.BinBuffer(body))
  const msg = input.readMap(1, true, stream.Map(tars.StatMicMsgHead, tars.StatMicMsgBody))
  input.readBoolean(2, true)
  return msg.size()
}
