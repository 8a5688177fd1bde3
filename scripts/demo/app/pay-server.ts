/**
 * `DemoApp.PayServer`: a real @tars/rpc server with @tars/monitor and @tars/notify, in a process of its own.
 * The demo switches its fault on and off by message: then 40 % of `pay` fail and it says so by notify.
 */
import monitor from '@tars/monitor'
import notify from '@tars/notify'
import rpc from '@tars/rpc'
import stream from '@tars/stream'
import { PAY_OBJ } from './pay.ts'

const OK = Buffer.from([0x0c]) // tag 0, zero: "return 0"
const FAULTY_SHARE = 0.4

const reportIntervalMs = Number(process.env.DEMO_REPORT_MS)
const fault = { on: false, calls: 0 }

interface Current {
  doResponse(body: unknown): void
}

class PayObj {
  initialize(): void {}

  onDispatch(current: Current, name: string): number {
    if (name !== 'pay' && name !== 'query') return rpc.error.SERVER.FUNC_NOT_FOUND
    orders.report(1)
    if (fault.on && name === 'pay') {
      fault.calls++
      if (fault.calls % 5 < 5 * FAULTY_SHARE) throw new Error('pay channel does not answer')
    }
    current.doResponse(new stream.BinBuffer(OK))
    return rpc.error.SUCCESS
  }
}

monitor.property.init(process.env.TARS_CONFIG)
const orders = monitor.property.create('DemoApp.PayServer.orders', [
  new monitor.property.POLICY.Count(),
  new monitor.property.POLICY.Sum(),
])
notify.init(process.env.TARS_CONFIG ?? '')
const server = rpc.server.createServer({ [PAY_OBJ]: PayObj }, process.env.TARS_CONFIG)
server.start()
notify.report('restart')

let complaints: NodeJS.Timeout | undefined
process.on('message', (message: { fault?: boolean }) => {
  if (message.fault === undefined || message.fault === fault.on) return
  fault.on = message.fault
  clearInterval(complaints)
  if (!fault.on) return
  const complain = () => {
    process.send?.({ complained: true })
    notify.notify(`pay channel timeout, order ${1000 + fault.calls}`, notify.LEVEL.NOTIFYERROR)
  }
  complain()
  complaints = setInterval(complain, reportIntervalMs * 2)
})
process.on('disconnect', () => process.exit(0))
process.send?.({ ready: true })
