import { parseLocal } from '../../../scripts/bench/alarms/calendar.ts'
import { parseScenario, type Scenario } from '../../../scripts/bench/alarms/scenario.ts'

export function at(time: string): number {
  const ms = parseLocal(time)
  if (ms === undefined) throw new RangeError(time)
  return ms
}

/** Gate → Order → Stock → Row, and Stock calls Order back; a Monday with next to no chance in it. */
export function smallScenario(more: Record<string, unknown> = {}): Scenario {
  const service = (name: string, nodes: readonly string[]) => ({
    ...{ name, nodes, interfaces: [{ name: 'get', latencyMs: 20, failureShare: 0 }] },
  })
  const call = (caller: string, callee: string, ratio: number, passesOn: number) => {
    return { caller, callee, interface: 'get', ratio, passesOn }
  }
  const content = {
    ...{ name: 'small', seed: 5, start: '2026-10-19', warmUpDays: 0, days: 1 },
    services: [
      service('Shop.GateServer', ['10.1.0.1', '10.1.0.2']),
      service('Shop.OrderServer', ['10.1.0.3', '10.1.0.4']),
      service('Shop.StockServer', ['10.1.0.5']),
      service('Shop.RowServer', ['10.1.0.6', '10.1.0.7']),
    ],
    entries: [{ service: 'Shop.GateServer', interface: 'get', perMinute: 6000, shape: 'flat' }],
    calls: [
      call('Shop.GateServer', 'Shop.OrderServer', 0.5, 0.8),
      call('Shop.OrderServer', 'Shop.StockServer', 1, 0.5),
      call('Shop.StockServer', 'Shop.RowServer', 1, 1),
      call('Shop.StockServer', 'Shop.OrderServer', 0.1, 1),
    ],
    ...more,
  }
  return parseScenario(content, 'small')
}
