/** A plain @tars/rpc servant that decodes with `readMap` and does nothing else. */
const monitor = require('@tars/monitor')
const { server, error } = require('@tars/rpc')
const { BinBuffer } = require('@tars/stream')
const { decode } = require('./read-map.cjs')

const [port] = process.argv.slice(2)
const returned = new BinBuffer(Buffer.of(0x0c))

class StatObj {
  initialize() {}
  onDispatch(current, functionName, body) {
    if (functionName === 'reportMicMsg') decode(Buffer.from(body.toNodeBuffer()))
    current.doResponse(returned)
    return error.SUCCESS
  }
}

delete process.env.TARS_MONITOR
void monitor
const host = server.createServer(StatObj)
host.start({
  servant: 'Alarm.AgentServer.StatObj',
  endpoint: `tcp -h 127.0.0.1 -p ${port} -t 60000`,
  protocol: 'tars',
})
process.on('message', () => process.send({ cpu: process.cpuUsage() }))
setTimeout(() => process.send({ ready: true, port: Number(port) }), 200)
