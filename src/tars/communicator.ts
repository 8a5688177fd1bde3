import type { RpcCommunicator } from './tars-rpc.ts'
import { newCommunicator } from './tars-rpc.ts'

/** How a process calls TARS objects: by the registry, or directly at an address. */
export type Communicator = RpcCommunicator

/** `locator`, `tars.tarsregistry.QueryObj@tcp -h … -p …`, is needed to call objects without an address. */
export function openCommunicator(locator?: string): Communicator {
  const communicator = newCommunicator()
  if (locator !== undefined) communicator.setProperty('locator', locator)
  return communicator
}

/**
 * Closes the connections; calls under way end by their timeout. Those that @tars/registry has to
 * the registry stay: a process ends by `process.exit`.
 */
export function closeCommunicator(communicator: Communicator): void {
  // Its own `destroy` waits for the whole timeout, and keeps the process alive meanwhile.
  for (const worker of Object.values(communicator._workers)) {
    for (const adapter of worker._manager._adapters) {
      for (const connection of adapter._vTrans) {
        try {
          connection.close()
        } catch {
          // A UDP connection that was never opened.
        }
      }
    }
  }
}
