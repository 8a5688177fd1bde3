/** `protocol/ConfigF.tars`. */
import { bool, int, method, opt, req, str, struct } from '../schema.ts'

export const ConfigInfo = struct({
  appname: req(0, str),
  servername: req(1, str),
  filename: req(2, str),
  bAppOnly: req(3, bool),
  host: opt(4, str),
  setdivision: opt(5, str),
})

export const ConfigF = {
  loadConfigByInfo: method(
    { configInfo: req(1, ConfigInfo) },
    { ret: req(0, int), config: req(2, str) },
  ),
}
