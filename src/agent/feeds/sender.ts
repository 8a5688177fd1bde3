import type { Call } from '../../tars/servant.ts'

/** Who sent a packet, as far as the packet and its connection tell. */
export interface Sender {
  /** `node_name` of the request context: C++ servers send it; '' when absent. */
  readonly nodeName: string
  /** Address of the peer's end of the connection. */
  readonly host: string
  readonly port: number
}

/** What tarsstat takes for the address of a reporter that does not name itself. */
export function addressOf(own: string, sender: Sender): string {
  return own || sender.nodeName || sender.host
}

/** The report interval of `module` behind this sender, ms. */
export type SpanOf = (module: string) => number

export function senderOf({ context, host, port }: Call): Sender {
  return { nodeName: context.get('node_name') ?? '', host, port }
}
