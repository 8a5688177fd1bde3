/** `protocol/AdminF.tars`. */
import { method, req, str } from '../schema.ts'

export const AdminF = {
  shutdown: method({}, {}),
  notify: method({ command: req(1, str) }, { ret: req(0, str) }),
}
