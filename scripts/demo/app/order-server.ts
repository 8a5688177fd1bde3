/** `DemoApp.OrderServer`: calls `DemoApp.PayServer` by @tars/rpc, which reports each call by @tars/monitor. */
import monitor from '@tars/monitor'
import { proxy } from '../../../src/tars/proxy.ts'
import { PAY_OBJ, Pay } from './pay.ts'

const reportIntervalMs = Number(process.env.DEMO_REPORT_MS)
const callsPerReport = 100

// @tars/monitor refuses less than 10 s; the demo's clock runs faster than that.
monitor.stat.reportIntervalMin = reportIntervalMs
monitor.stat.init(process.env.TARS_CONFIG)
const pay = proxy(Pay, `${PAY_OBJ}@tcp -h 127.0.0.1 -p ${process.env.DEMO_PAY_PORT} -t 3000`)

function callForEver(): void {
  let order = 0
  setInterval(() => {
    order++
    // A refused call is what this demo is about: @tars/rpc has counted it.
    pay.pay({ order: `D${order}` }).catch(() => {})
    if (order % 2 === 0) pay.query({ order: `D${order}` }).catch(() => {})
  }, reportIntervalMs / callsPerReport)
}

process.once('message', callForEver)
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
