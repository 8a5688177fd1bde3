import type { agentsZh } from './agents-zh.ts'
import type { Texts } from './texts.ts'

/** Agents, what troubles them, and the reporters they hear. */
export const agentsEn: Texts<typeof agentsZh> = {
  agent: {
    ok: 'well',
    behind: 'data late or incomplete',
    silent: 'silent for more than 30 s',
    label: 'Agent {host}: {state}',
    version: 'Version {version}',
    seen: 'Last seen {age} ({at})',
  },
  agents: {
    title: 'Agents',
    intro: 'One panel for each instance of Alarm.AgentServer, as its newest heartbeat tells it.',
    all: 'All agents',
    empty:
      'No agent yet: install alarm/agentserver from the service market in TarsWeb, put in the environment key and start it; it then shows up here.',
    install: 'Show the steps',
    version: 'Version',
    address: 'Address',
    id: 'Agent ID',
    uptime: 'Up for',
    seen: 'Last seen',
    polling: 'Polling',
    holder: 'done by this one (term {term})',
    standby: 'stands by',
    cannot: 'cannot',
    lag: 'Oldest data not sent',
    lagAge: 'waits for {age}',
    queue: 'Waiting to be sent',
    queued: '{count} batches, {bytes}',
    none: 'none',
    dropped: 'Given up (since its start)',
    folded: 'Detail folded (since its start)',
    cpu: 'CPU (of one core)',
    memory: 'Memory (RSS)',
    skew: 'Clock',
    fast: '{by} fast',
    slow: '{by} slow',
    untold:
      'It has sent no heartbeat yet, only data. Older versions have no heartbeat: upgrade it.',
    asOf: 'This is what it told in its last heartbeat ({at}).',
    feed: 'Feed',
    feedState: 'State',
    why: 'Why',
    reached: 'Data until',
    records: 'Records',
    feeds: {
      subscribe: 'subscribe (stat, property, notify)',
      query: 'query (tarsquerystat, tarsqueryproperty)',
      database: 'database of the framework',
      registry: 'registry (states of servers and nodes)',
    },
    feedStates: { ok: 'ok', behind: 'behind', off: 'off' },
  },
  trouble: {
    silent: {
      what: 'Not heard for more than 30 s',
      do: 'See in TarsWeb that Alarm.AgentServer runs and what its log says, and that its machine reaches the cloud. While it runs it keeps its data and sends it later. If it was uninstalled, it goes from here after 7 days.',
    },
    trouble: {
      what: 'Its data cannot be sent at present',
      do: 'The agent keeps it and sends it later. Why, as it says:',
    },
    lag: {
      what: 'Its data comes late, and so do alarms',
      do: 'Most likely a backlog is being sent: wait. If it grows, check the network to the cloud and the load of the machine.',
    },
    feeds: {
      what: 'All its feeds are off: it has no data',
      do: 'The table below says why each of them is off.',
    },
    feed: { what: 'A feed is behind or not available', do: 'The table below says why.' },
    skew: {
      what: 'The clock of its machine is more than 2 s off',
      do: 'Times it reports are corrected; let the machine synchronise its clock (NTP).',
    },
  },
  reporters: {
    title: 'Which feed counts for which service',
    intro:
      'For one reporter and one span of time exactly one feed counts: what it reports to the subscription; after three silent report intervals what is polled.',
    filter: 'Filter by service or address',
    empty: 'No reporters yet.',
    emptyText: 'No reporter matches.',
    module: 'Service',
    ip: 'Address',
    kind: 'Reports as',
    kinds: { client: 'caller', server: 'callee', property: 'properties' },
    feed: 'Feed',
    feeds: { subscribe: 'subscribed', polled: 'polled' },
    since: 'Since',
    heard: 'Newest data',
    anyIp: 'all addresses',
    leftOut: '{count} more are not listed: use the filter.',
  },
}
