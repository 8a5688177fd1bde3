/** Where K8SFramework keeps what it knows: the template `tars.es`, joined into the TARS config of a server. */
import { Failure } from '../../support/failure.ts'
import type { TarsConfig } from '../../tars/config.ts'

/** The message never has a password in it. */
export class ElasticsearchConfigError extends Failure<'incomplete' | 'invalid'> {}

export interface ElasticsearchPlace {
  /** `http://host:port`; at least one. */
  readonly nodes: readonly string[]
  /** Data stream of the notifies, `<namespace>_notify_`. */
  readonly notifyStream: string
  /** Beginnings of the names of a day's indices, `<namespace>_stat_`; '' when the config has none. */
  readonly statPrefix: string
  readonly propertyPrefix: string
}

/** Undefined when the TARS config names no Elasticsearch. @throws {ElasticsearchConfigError} */
export function elasticsearchOf(config: TarsConfig): ElasticsearchPlace | undefined {
  const elk = config.section('tars/elk')
  if (!elk) return undefined
  const protocol = elk.values.get('protocol') || config.get('/tars<protocol>') || 'http'
  if (protocol !== 'http' && protocol !== 'https') {
    throw new ElasticsearchConfigError(
      'invalid',
      `<elk>: protocol ${protocol}, expected http or https`,
    )
  }
  const nodes = [...(elk.section('nodes')?.values.keys() ?? [])]
  if (nodes.length === 0) {
    throw new ElasticsearchConfigError('incomplete', '<elk>: no host:port in <nodes>')
  }
  return {
    nodes: nodes.map((node) => originOf(protocol, node)),
    notifyStream: nameOf(elk, '/index<notify>') || missing('<index> notify'),
    statPrefix: nameOf(elk, '/indexpre<stat>'),
    propertyPrefix: nameOf(elk, '/indexpre<property>'),
  }
}

function originOf(protocol: string, node: string): string {
  const url = URL.parse(`${protocol}://${node}`)
  if (url && url.hostname !== '' && ['', '/'].includes(url.pathname) && url.username === '') {
    return url.origin
  }
  throw new ElasticsearchConfigError('invalid', '<elk>: a line of <nodes> is no host:port')
}

/** Names go into paths. */
function nameOf(elk: TarsConfig, path: string): string {
  const name = elk.get(path) ?? ''
  if (/^[a-z0-9._-]{0,200}$/.test(name)) return name
  throw new ElasticsearchConfigError('invalid', `<elk>: ${path} is no name of an index`)
}

function missing(what: string): never {
  throw new ElasticsearchConfigError('incomplete', `<elk>: no ${what}`)
}
