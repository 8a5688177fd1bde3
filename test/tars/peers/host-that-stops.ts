/** Serves, is called, stops, and must then end by itself. */
import { closeCommunicator, openCommunicator } from '../../../src/tars/communicator.ts'
import { StatF } from '../../../src/tars/idl/stat-f.ts'
import { proxy } from '../../../src/tars/proxy.ts'
import { OBJECT, startHost } from '../running-host.ts'

const answer = StatF.reportSampleMsg.response.encode({ ret: 0 })
const { host, port } = await startHost(
  { after: () => {} },
  { reportSampleMsg: (_body, call) => call.respond(answer) },
)
const communicator = openCommunicator()
const stat = proxy(communicator, StatF, `${OBJECT}@tcp -h 127.0.0.1 -p ${port}`)
await stat.reportSampleMsg({ msg: [] })
closeCommunicator(communicator)
await host.stop()
process.send?.('stopped')
