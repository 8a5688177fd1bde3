/** The families of one environment. Their names are those of the blocks: never change them. */
import type { Border } from './border.ts'
import { Family } from './family.ts'
import * as metrics from './metrics.ts'

export class Families {
  readonly stats: Family
  readonly properties: Family
  readonly events: Family
  readonly servers: Family
  readonly nodes: Family
  readonly agents: Family
  readonly all: readonly Family[]

  constructor(border: Border) {
    const { STAT_MERGES, STATE_MERGES } = metrics
    this.stats = new Family('stat', STAT_MERGES.length, metrics.STAT_METRICS, border)
    this.properties = new Family('property', 1, metrics.PROPERTY_METRICS, border)
    this.events = new Family('event', 1, metrics.EVENT_METRICS, border)
    this.servers = new Family('server', STATE_MERGES.length, metrics.SERVER_METRICS, border)
    this.nodes = new Family('node', STATE_MERGES.length, metrics.NODE_METRICS, border)
    this.agents = new Family('agent', 1, metrics.AGENT_METRICS, border)
    const { stats, properties, events, servers, nodes, agents } = this
    this.all = [stats, properties, events, servers, nodes, agents]
  }

  /** Records in memory. */
  get records(): number {
    return this.all.reduce((sum, { size }) => sum + size, 0)
  }
}
