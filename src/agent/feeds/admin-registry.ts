/** The framework's register of servers and nodes: `tars.tarsAdminRegistry.AdminRegObj`. */
import { Failure } from '../../support/failure.ts'
import type { Communicator } from '../../tars/communicator.ts'
import { AdminReg, type ApplicationServerName, type ServerTree } from '../../tars/idl/admin-reg.ts'
import { CallError, proxy } from '../../tars/proxy.ts'

/**
 * What we ask it for. Every function may throw a `CallError`, also when the registry could not do it.
 * Of a database that fails the lists tell nothing: the registry (`DbProxy.cpp`, TarsFramework
 * fe8e741) then answers with an empty list, as a success.
 */
export interface AdminRegistry {
  /** Each `[App.Server_node, setting state, present state, kind]`. K8SFramework has no such function. */
  serverIds(): Promise<readonly (readonly string[])[]>
  /** Nodes heard of in the last 250 s to 310 s (`nodeTimeout`), not all there are. */
  activeNodes(): Promise<readonly string[]>
  applications(): Promise<readonly string[]>
  /** One entry for each server and node, without the node. TARSFramework since 3.0.6 (2022). */
  serverTree(): Promise<readonly ServerTree[]>
  /** Rows of `t_server_conf`, column to value; about 1.5 kB each. */
  serverRows(servers: readonly ApplicationServerName[]): Promise<ReadonlyMap<string, string>[]>
  /** What the node itself says of a server: `Active`, `Inactive`, `Activating` … */
  stateInNode(server: ApplicationServerName, node: string): Promise<string>
  /** The registry's answer when asked to ping a node; see `verdictOf` for what it means. */
  ping(node: string): Promise<PingAnswer>
  /** A template joined with its parents; undefined when there is none of that name. */
  getProfileTemplate(name: string): Promise<string | undefined>
}

/** What the registry answered cannot be. */
export class RegistryError extends Failure<'empty'> {}

export interface PingAnswer {
  readonly ret: boolean
  readonly result: string
}

export interface AdminRegistryOptions {
  /** With or without an address. */
  readonly object?: string
  /** Of one call. Of one communicator all calls of one object have the same. */
  readonly timeoutMs?: number
}

/** Longer than the 5 s for which the registry itself waits before it says that a node is silent. */
const TIMEOUT_MS = 6_000

export function adminRegistry(
  communicator: Communicator,
  {
    object = 'tars.tarsAdminRegistry.AdminRegObj',
    timeoutMs = TIMEOUT_MS,
  }: AdminRegistryOptions = {},
): AdminRegistry {
  const admin = proxy(communicator, AdminReg, object, { timeoutMs })
  return {
    serverIds: async () => (await admin.getAllServerIds({})).ret,
    activeNodes: async () => (await admin.getAllNodeNames({})).ret,
    applications: async () => (await admin.getAllApplicationNames({})).ret,
    serverTree: async () => done('getServerTree', await admin.getServerTree({})).tree,
    async serverRows(fullServerName) {
      const answer = await admin.getServerNameList({ fullServerName })
      return done('getServerNameList', answer).serverList.map((row) => new Map(row))
    },
    async stateInNode(server, nodeName) {
      const answer = await admin.getServerState({ ...server, nodeName })
      return done('getServerState', answer).state.presentStateInNode
    },
    ping: (name) => admin.pingNode({ name }),
    async getProfileTemplate(profileName) {
      const answer = await admin.getProfileTemplate({ profileName })
      return done('getProfileTemplate', answer).profileTemplate || undefined
    },
  }
}

/** Undefined when the call failed; what else goes wrong is thrown. */
export async function answered<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof CallError) return undefined
    throw error
  }
}

function done<T extends { readonly ret: number }>(name: string, answer: T): T {
  if (answer.ret === 0) return answer
  throw new CallError('refused', `${name}: the registry returned ${answer.ret}`, answer.ret)
}
