/** `protocol/ServerF.tars`. */
import { type Infer, int, method, opt, req, str, struct } from '../schema.ts'

export const ServerInfo = struct({
  application: req(0, str),
  serverName: req(1, str),
  pid: req(2, int),
  adapter: opt(3, str),
})

export const ServerF = {
  keepAlive: method({ serverInfo: req(1, ServerInfo) }, { ret: req(0, int) }),
  reportVersion: method(
    { app: req(1, str), serverName: req(2, str), version: req(3, str) },
    { ret: req(0, int) },
  ),
}

export type ServerInfo = Infer<typeof ServerInfo>
