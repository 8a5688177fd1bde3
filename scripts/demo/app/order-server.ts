/** `DemoApp.OrderServer`: calls `DemoApp.PayServer` by @tars/rpc, which reports each call by @tars/monitor. */
import monitor from '@tars/monitor'
import rpc from '@tars/rpc'
import stream from '@tars/stream'
import { PAY_OBJ, Pay } from './pay.ts'

const CALLS_PER_REPORT = 100
const reportIntervalMs = Number(process.env.DEMO_REPORT_MS)
const config = process.env.TARS_CONFIG ?? ''

interface Worker {
  tars_invoke(name: string, body: unknown, options: unknown): Promise<unknown>
}

/** As generated code has it. */
class PayProxy {
  declare _worker: Worker

  call(name: keyof typeof Pay, order: string): Promise<unknown> {
    const body = new stream.BinBuffer(Pay[name].request.encode({ order }))
    return this._worker.tars_invoke(name, body, { packetType: 0, context: {} })
  }
}

// @tars/monitor refuses less than 10 s; the demo's clock runs faster than that.
Object.assign(monitor.stat, { reportIntervalMin: reportIntervalMs })
monitor.stat.init(config)
const address = `${PAY_OBJ}@tcp -h 127.0.0.1 -p ${process.env.DEMO_PAY_PORT} -t 3000`
const pay = rpc.client.stringToProxy(PayProxy as never, address) as unknown as PayProxy

function callForEver(): void {
  let order = 0
  setInterval(() => {
    order++
    // A refused call is what this demo is about: @tars/rpc has counted it.
    pay.call('pay', `D${order}`).catch(() => {})
    if (order % 2 === 0) pay.call('query', `D${order}`).catch(() => {})
  }, reportIntervalMs / CALLS_PER_REPORT)
}

process.once('message', callForEver)
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
