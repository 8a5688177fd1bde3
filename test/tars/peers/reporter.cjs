/** A Node.js server as they are in the field: real @tars/monitor, @tars/notify and @tars/rpc. */
const monitor = require('@tars/monitor')
const notify = require('@tars/notify')
const rpc = require('@tars/rpc')
const { tars } = require('@tars/monitor/stat/StatFProxy')
const { Map: TarsMap } = require('@tars/stream')

// @tars/monitor takes nothing below 10 s otherwise.
monitor.stat.reportIntervalMin = 20
monitor.stat.init(process.env.TARS_CONFIG)
monitor.property.init(process.env.TARS_CONFIG)
notify.init(process.env.TARS_CONFIG)

const headers = {
  masterName: 'Real.OrderServer',
  slaveName: 'Real.PayServer',
  interfaceName: 'pay',
  masterIp: '10.0.0.1',
  slaveIp: '10.0.0.2',
  slavePort: 18_000,
  bFromClient: true,
}
monitor.stat.report(headers, monitor.stat.TYPE.SUCCESS, 7)
monitor.stat.report(headers, monitor.stat.TYPE.SUCCESS, 4_000)
monitor.stat.report(headers, monitor.stat.TYPE.TIMEOUT, 0)
monitor.stat.report(headers, monitor.stat.TYPE.ERROR, 0)

const { POLICY } = monitor.property
const orders = monitor.property.create('订单', [new POLICY.Sum(), new POLICY.Distr([0, 10, 100])])
for (const value of [5, 50]) orders.report(value)

notify.report('restart')
notify.notify('支付失败', notify.LEVEL.NOTIFYERROR)

const proxy = rpc.client.stringToProxy(tars.StatFProxy, process.env.TWO_WAY_OBJECT)
proxy
  .reportMicMsg(new TarsMap(tars.StatMicMsgHead, tars.StatMicMsgBody), false)
  .then(({ response }) => process.send({ returned: response.return }))
