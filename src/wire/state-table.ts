/** What the registry says, as columns. */
import type { ServerState } from '../model/server-state.ts'
import { type Decoding, encodeTable, TableReader } from './table.ts'
import type { TextIndex } from './texts.ts'
import type { Uplink } from './uplink.ts'

export function textsOfState({ module, node, set }: ServerState): string[] {
  return [module, node, set]
}

export function encodeStates(states: readonly ServerState[], texts: TextIndex): Uplink['states'] {
  const index = (text: string) => texts.get(text) ?? 0
  return encodeTable(states, {
    module: (state) => index(state.module),
    node: (state) => index(state.node),
    set: (state) => index(state.set),
    wanted: (state) => Number(state.wanted),
    present: (state) => Number(state.present),
    endpoints: (state) => state.endpoints,
  })
}

export function decodeStates(
  table: Uplink['states'],
  texts: readonly string[],
  decoding: Decoding,
): ServerState[] {
  const read = new TableReader('states', table, decoding)
  const module = read.texts('module', texts)
  const node = read.texts('node', texts)
  const set = read.texts('set', texts)
  const wanted = read.integers('wanted', 0, 1)
  const present = read.integers('present', 0, 1)
  const endpoints = read.integers('endpoints', 0, 2 ** 31)
  return read.map((row) => ({
    module: module(row),
    node: node(row),
    set: set(row),
    wanted: wanted[row] === 1,
    present: present[row] === 1,
    endpoints: endpoints[row] ?? 0,
  }))
}
