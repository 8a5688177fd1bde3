/** What `DemoApp.PayServer` speaks: the interface both demo processes share. */
import { int, method, req, str } from '../../../src/tars/schema.ts'

export const PAY_OBJ = 'DemoApp.PayServer.PayObj'

export const Pay = {
  pay: method({ order: req(1, str) }, { ret: req(0, int) }),
  query: method({ order: req(1, str) }, { ret: req(0, int) }),
}
