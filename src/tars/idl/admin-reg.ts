/** `protocol/AdminReg.tars`. */
import { bool, type Infer, int, list, map, method, opt, req, str, struct } from '../schema.ts'

export const ServerStateDesc = struct({
  settingStateInReg: req(0, str),
  presentStateInReg: req(1, str),
  presentStateInNode: req(2, str),
  processId: req(3, int),
  patchVersion: req(4, str),
  patchTime: req(5, str),
  patchUser: req(6, str),
})

export const ServerTree = struct({
  application: opt(0, str),
  serverName: opt(1, str),
  enableSet: opt(2, str),
  setName: opt(3, str),
  setArea: opt(4, str),
  setGroup: opt(5, str),
})

export const ApplicationServerName = struct({
  application: opt(0, str),
  serverName: opt(1, str),
})

const names = { ret: req(0, list(str)), result: req(1, str) }

export const AdminReg = {
  getAllServerIds: method({}, { ret: req(0, list(list(str))), result: req(1, str) }),
  getAllNodeNames: method({}, names),
  getAllApplicationNames: method({}, names),
  getServerTree: method({}, { ret: req(0, int), tree: req(1, list(ServerTree)) }),
  getServerNameList: method(
    { fullServerName: req(1, list(ApplicationServerName)) },
    { ret: req(0, int), serverList: req(2, list(map(str, str))) },
  ),
  getServerState: method(
    { application: req(1, str), serverName: req(2, str), nodeName: req(3, str) },
    { ret: req(0, int), state: req(4, ServerStateDesc), result: req(5, str) },
  ),
  getProfileTemplate: method(
    { profileName: req(1, str) },
    { ret: req(0, int), profileTemplate: req(2, str) },
  ),
  getVersion: method({}, { ret: req(0, int), version: req(1, str) }),
  pingNode: method({ name: req(1, str) }, { ret: req(0, bool), result: req(2, str) }),
}

export type ServerStateDesc = Infer<typeof ServerStateDesc>
export type ApplicationServerName = Infer<typeof ApplicationServerName>
export type ServerTree = Infer<typeof ServerTree>
