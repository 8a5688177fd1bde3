/** `protocol/Agent.tars`. */
import { int, method, req, str } from '../schema.ts'

export const Agent = {
  getStatus: method({}, { ret: req(0, int), status: req(1, str) }),
}
