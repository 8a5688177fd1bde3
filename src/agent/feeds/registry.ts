/**
 * What is deployed, what of it runs, and which nodes answer: each minute, from the framework's
 * registry. So that a server that is down, one on a lost node and one without traffic can be told
 * apart, and each is known before it has traffic. What cannot be read is left out, never guessed.
 */
import type { FeedStatus, PolledSpan } from '../../model/polled.ts'
import type { ServerState } from '../../model/server-state.ts'
import type { UnixMs } from '../../model/time.ts'
import type { Clock } from '../../support/clock.ts'
import { Failure, messageOf } from '../../support/failure.ts'
import type { Log } from '../../support/log.ts'
import { CallError } from '../../tars/proxy.ts'
import { NO_FUNCTION } from '../../tars/servant.ts'
import { type AdminRegistry, RegistryError } from './admin-registry.ts'
import type { PolledIntake, PollingFeed } from './polling-feed.ts'
import { type Deployed, type Deployment, deploymentOf, keyOf } from './registry-deployment.ts'
import { type EndpointQuery, RegistryEndpoints } from './registry-endpoints.ts'
import { RegistryNodes } from './registry-nodes.ts'
import { RegistryPresence } from './registry-presence.ts'
import { RegistrySets } from './registry-sets.ts'

export interface RegistryFeedOptions {
  readonly admin: AdminRegistry
  readonly query: EndpointQuery
  readonly intake: PolledIntake
  readonly clock: Clock
  readonly log: Log
  /** Number of the next reading. */
  readonly nextRead: () => number
  /** Of a round; 20,000 by default. */
  readonly maxServers?: number
}

const MINUTE_MS = 60_000
const MAX_SERVERS = 20_000
/** Since the start of a round: when nodes, their servers, endpoints are asked no more. */
const NODES_MS = 30_000
const PRESENCE_MS = 42_000
const ENDPOINTS_MS = 50_000

interface Round {
  readonly states: readonly ServerState[]
  /** What is missing. */
  readonly gaps: readonly string[]
}

export class RegistryFeed implements PollingFeed {
  readonly name = 'registry'
  readonly everyMs = MINUTE_MS
  readonly #options: RegistryFeedOptions
  readonly #sets: RegistrySets
  readonly #nodes: RegistryNodes
  readonly #presence: RegistryPresence
  readonly #endpoints: RegistryEndpoints
  #status: FeedStatus = {
    feed: 'registry',
    state: 'off',
    why: 'not read yet',
    reachedMs: 0,
    records: 0,
  }
  #isClosed = false

  constructor(options: RegistryFeedOptions) {
    const { admin, query, clock } = options
    this.#options = options
    this.#sets = new RegistrySets(admin)
    this.#nodes = new RegistryNodes(admin, clock)
    this.#presence = new RegistryPresence(admin, clock)
    this.#endpoints = new RegistryEndpoints(query, clock)
  }

  status(): FeedStatus {
    return this.#status
  }

  async poll(term: number): Promise<void> {
    const startMs = this.#options.clock.now()
    const endMs = startMs - (startMs % MINUTE_MS)
    let round: Round
    try {
      round = await this.#readRound(startMs)
    } catch (error) {
      this.#tell('off', whyOf(error), error)
      return
    }
    await this.#handOn(term, endMs, round)
  }

  /** Of a round under way nothing is handed on. */
  async close(): Promise<void> {
    this.#isClosed = true
  }

  async #readRound(startMs: UnixMs): Promise<Round> {
    const { admin, maxServers = MAX_SERVERS } = this.#options
    const ids = await admin.serverIds()
    if (ids.length === 0) throw new RegistryError('empty', 'the registry lists no server at all')
    const active = new Set(await admin.activeNodes())
    const deployment = deploymentOf(ids, active, maxServers)
    const { servers } = deployment
    await this.#sets.read(servers)
    const used = new Set(servers.map(({ node }) => node))
    const nodes = await this.#nodes.read({ active, used, untilMs: startMs + NODES_MS })
    const { inNode, notAsked } = await this.#presence.read(
      servers,
      nodes.present,
      startMs + PRESENCE_MS,
    )
    const endpoints = await this.#endpoints.read(servers, startMs + ENDPOINTS_MS)
    const states = servers.map((server) => ({
      ...server,
      set: this.#sets.of(server),
      present: inNode.get(keyOf(server)) ?? server.present,
      endpoints: endpointsOf(server, endpoints.get(server.module)),
    }))
    return {
      states: [...[...nodes.present].map(nodeState), ...states],
      gaps: gapsOf(deployment, nodes.unknown, notAsked),
    }
  }

  async #handOn(term: number, endMs: UnixMs, { states, gaps }: Round): Promise<void> {
    if (this.#isClosed) return
    const { intake, nextRead } = this.#options
    const reading = { kind: 'registry', feed: 'registry', term, read: nextRead() } as const
    const span: PolledSpan = {
      ...{ reading, endMs, lengthMs: MINUTE_MS },
      ...{ stats: [], properties: [], states },
    }
    try {
      await intake.span(span)
    } catch (error) {
      this.#tell('behind', messageOf(error), error)
      return
    }
    const records = this.#status.records + states.length
    this.#status = { ...this.#status, reachedMs: endMs, records }
    this.#tell(gaps.length === 0 ? 'ok' : 'behind', gaps.join('; '))
  }

  #tell(state: FeedStatus['state'], why: string, error?: unknown): void {
    const { log } = this.#options
    const isBug = error !== undefined && !(error instanceof Failure)
    if (isBug) log.error({ error: messageOf(error) }, 'registry: a round failed')
    else if (state !== this.#status.state) log.info({ state, why }, 'registry: feed')
    this.#status = { ...this.#status, state, why }
  }
}

function nodeState([node, present]: readonly [string, boolean]): ServerState {
  return { module: '', node, set: '', wanted: true, present, endpoints: 0 }
}

/** The registry gives those out that are wanted and present by its own record. */
function endpointsOf(
  { node, wanted, present }: Deployed,
  found: ReadonlyMap<string, number> | undefined,
): number {
  return found ? (found.get(node) ?? 0) : Number(wanted && present)
}

function gapsOf(
  { leftOut, unreadable }: Deployment,
  unknownNodes: number,
  notAsked: number,
): string[] {
  const gaps: [number, string][] = [
    [leftOut, 'servers beyond the bound, left out'],
    [unreadable, 'unreadable entries of the registry'],
    [unknownNodes, 'nodes that could not be asked'],
    [notAsked, 'servers in doubt that were not asked for'],
  ]
  return gaps.filter(([count]) => count > 0).map(([count, what]) => `${what}: ${count}`)
}

function whyOf(error: unknown): string {
  if (error instanceof CallError && error.code === NO_FUNCTION) {
    return 'the registry does not tell what is deployed, as on K8SFramework'
  }
  return messageOf(error)
}
