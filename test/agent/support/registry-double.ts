/** A framework's registry as it answers over TCP: tarsAdminRegistry and tarsregistry in one host. */

import type { ServantHost } from '../../../src/tars/host.ts'
import { AdminReg, ServerStateDesc } from '../../../src/tars/idl/admin-reg.ts'
import { EndpointF, QueryF } from '../../../src/tars/idl/query-f.ts'
import type { Method } from '../../../src/tars/schema.ts'
import type { ServantFunction } from '../../../src/tars/servant.ts'
import { startServants } from '../../tars/running-host.ts'

const SERVANTS = ['tars.tarsAdminRegistry.AdminRegObj', 'tars.tarsregistry.QueryObj']

export interface DoubleServer {
  /** `App.Server`. */
  readonly module: string
  readonly node: string
  readonly setting?: string
  readonly present?: string
  /** What its node says of it; the node is asked for nothing when undefined. */
  readonly inNode?: string
  /** `name.area.id`. */
  readonly set?: string
  /** The set is named and turned off. */
  readonly isSetOff?: boolean
  /** Its object, when it has the usual one, and whether callers are given it. */
  readonly object?: string
  readonly flow?: 'active' | 'inactive'
}

type Answers<T extends object> = { [F in keyof T]?: ServantFunction }

/** What it answers can be changed at any time: `answers` go before its own. */
export class RegistryDouble {
  servers: readonly DoubleServer[] = []
  activeNodes: readonly string[] = []
  /** Nodes that do not answer. */
  silentNodes: readonly string[] = []
  /** Where objects that are called by name are; by default in this host, too. */
  ports: Readonly<Record<string, number>> = {}
  answers: Answers<typeof AdminReg & typeof QueryF> = {}
  /** Calls taken, as `function argument`. */
  readonly calls: string[] = []
  port = 0
  #host: ServantHost | undefined

  async start(): Promise<void> {
    const servants = SERVANTS.map((name) => ({ name, functions: this.#functions() }))
    const { host, port } = await startServants(servants, { port: this.port })
    this.#host = host
    this.port = port
  }

  async stop(): Promise<void> {
    await this.#host?.stop(0)
    this.#host = undefined
  }

  at(object: string): string {
    return `${object}@tcp -h 127.0.0.1 -p ${this.port}`
  }

  callsOf(functionName: string): string[] {
    return this.calls.filter((call) => call.split(' ')[0] === functionName)
  }

  #functions(): Record<string, ServantFunction> {
    const all: Record<string, ServantFunction> = {
      ...this.#lists(),
      getServerState: own(AdminReg.getServerState, (args) => this.#stateOf(args)),
      pingNode: own(AdminReg.pingNode, ({ name }) => this.#ping(name)),
      findObjectById4Any: own(QueryF.findObjectById4Any, ({ id }) => this.#find(id)),
      findObjectByIdInSameGroup: own(QueryF.findObjectByIdInSameGroup, ({ id }) => this.#place(id)),
    }
    const entries = Object.entries(all).map(([name, answer]) => {
      const take: ServantFunction = (body, call) => {
        this.calls.push(`${name} ${argumentOf(name, body)}`.trim())
        const other = this.answers[name as keyof typeof this.answers]
        return (other ?? answer)(body, call)
      }
      return [name, take] as const
    })
    return Object.fromEntries(entries)
  }

  #lists(): Record<string, ServantFunction> {
    return {
      getAllServerIds: own(AdminReg.getAllServerIds, () => ({
        ret: this.servers.map((each) => [
          `${each.module}_${each.node}`,
          settingOf(each),
          presentOf(each),
          'tars_cpp',
        ]),
        result: '',
      })),
      getAllNodeNames: own(AdminReg.getAllNodeNames, () => ({ ret: this.activeNodes, result: '' })),
      getAllApplicationNames: own(AdminReg.getAllApplicationNames, () => ({
        ret: [...new Set(this.servers.map(({ module }) => module.split('.')[0] ?? ''))],
        result: '',
      })),
      getServerTree: own(AdminReg.getServerTree, () => ({
        ret: 0,
        tree: this.servers.map(treeOf),
      })),
      getServerNameList: own(AdminReg.getServerNameList, ({ fullServerName }) => {
        const asked = fullServerName.map((name) => `${name.application}.${name.serverName}`)
        const rows = this.servers.filter(({ module }) => asked.includes(module))
        return { ret: 0, serverList: rows.map(rowOf) }
      }),
    }
  }

  #stateOf({
    application,
    serverName,
    nodeName,
  }: {
    application: string
    serverName: string
    nodeName: string
  }) {
    const module = `${application}.${serverName}`
    const server = this.servers.find((each) => each.module === module && each.node === nodeName)
    const state = ServerStateDesc.zero()
    if (server?.inNode === undefined) return { ret: 1002, state, result: 'no answer of the node' }
    const presentStateInNode = server.inNode
    return { ret: 0, state: { ...state, presentStateInNode }, result: 'succ' }
  }

  #ping(name: string) {
    if (!this.silentNodes.includes(name)) return { ret: true, result: 'ping succ' }
    return { ret: false, result: `pingNode '${name}' exception:connect error` }
  }

  #place(id: string) {
    const port = this.ports[id] ?? (SERVANTS.includes(id) ? this.port : undefined)
    const at = { ...EndpointF.zero(), host: '127.0.0.1', port: port ?? 0, timeout: 3_000, istcp: 1 }
    return { ret: 0, activeEp: port === undefined ? [] : [at], inactiveEp: [] }
  }

  #find(id: string) {
    const endpoints = (active: boolean) =>
      this.servers
        .filter((each) => each.object === id && isGivenOut(each) === active)
        .map(({ node }) => ({ ...EndpointF.zero(), host: node, nodeName: node, istcp: 1 }))
    return { ret: 0, activeEp: endpoints(true), inactiveEp: endpoints(false) }
  }
}

/** A function that answers with what `run` makes of the arguments. */
export function own<In, Out>(
  { request, response }: Method<In, Out>,
  run: (args: In) => Out,
): ServantFunction {
  return (body, call) => call.respond(response.encode(run(request.decode(body))))
}

function argumentOf(name: string, body: Buffer): string {
  if (name === 'pingNode') return AdminReg.pingNode.request.decode(body).name
  if (name === 'findObjectById4Any') return QueryF.findObjectById4Any.request.decode(body).id
  if (name !== 'getServerState') return ''
  const { application, serverName, nodeName } = AdminReg.getServerState.request.decode(body)
  return `${application}.${serverName} ${nodeName}`
}

function settingOf({ setting = 'active' }: DoubleServer): string {
  return setting
}

function presentOf({ present = 'active' }: DoubleServer): string {
  return present
}

function isGivenOut(server: DoubleServer): boolean {
  const isActive = settingOf(server) === 'active' && presentOf(server) === 'active'
  return isActive && server.flow !== 'inactive'
}

function treeOf({ module, set, isSetOff = false }: DoubleServer) {
  const [application = '', serverName = ''] = module.split('.')
  const [setName = '', setArea = '', setGroup = ''] = set?.split('.') ?? []
  const enableSet = set === undefined || isSetOff ? 'N' : 'Y'
  return { application, serverName, enableSet, setName, setArea, setGroup }
}

function rowOf(server: DoubleServer): [string, string][] {
  const { application, serverName, enableSet, setName, setArea, setGroup } = treeOf(server)
  return [
    ['application', application],
    ['server_name', serverName],
    ['node_name', server.node],
    ['enable_set', enableSet],
    ['set_name', setName],
    ['set_area', setArea],
    ['set_group', setGroup],
  ]
}
