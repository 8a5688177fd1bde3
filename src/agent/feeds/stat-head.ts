/** What the agent makes of the head of a report, once for all reports it comes in. */
import type { Side, StatKey } from '../../model/stat.ts'
import type { StatMicMsgHead } from '../../tars/idl/stat-f.ts'
import { type ModuleName, setOf, splitModuleName } from './module-name.ts'
import { nameOf } from './text.ts'

/** Senders whose keys are kept, of one head: nodes of a service that do not name their address. */
const MAX_KEYS = 8

/** Kept by the decoder in place of the head: forgotten with it. */
export class StatHead {
  readonly returnCode: number
  /** Of the C++ runtime, by its names. */
  readonly isOfCpp: boolean
  readonly #head: StatMicMsgHead
  #client: StatSide | undefined
  #server: StatSide | undefined

  constructor(head: StatMicMsgHead) {
    const { masterName, returnValue } = head
    this.#head = head
    this.returnCode = returnValue
    this.isOfCpp = isOfCpp(masterName)
  }

  /** As reported by the caller. */
  get client(): StatSide {
    this.#client ??= new StatSide(this.#head, 'client')
    return this.#client
  }

  /** As reported by the callee itself. */
  get server(): StatSide {
    this.#server ??= new StatSide(this.#head, 'server')
    return this.#server
  }
}

/** By the name it gives its caller. */
export function isOfCpp(masterName: string): boolean {
  return masterName.includes('@') || masterName === 'stat_from_server'
}

/** A key that comes again and again, with room for a note of its taker. */
export interface KnownKey {
  readonly key: StatKey
  /** Where the taker of rows has put this key: `index` means something to `table` only. */
  table: object | undefined
  index: number
}

interface Known extends KnownKey {
  readonly ip: string
  readonly spanMs: number
}

/** A head as one of the two sides reports it. */
class StatSide {
  /** Who reports: `App.Server`. */
  readonly module: string
  /** What the head says of the reporter's address; '' when nothing. */
  readonly ownIp: string
  readonly #head: StatMicMsgHead
  readonly #side: Side
  /** A ring: the newest stands before `#next`. */
  readonly #known: Known[] = []
  #next = 0

  constructor(head: StatMicMsgHead, side: Side) {
    const isClient = side === 'client'
    this.#head = head
    this.#side = side
    this.ownIp = isClient ? head.masterIp : head.slaveIp
    this.module = splitModuleName(isClient ? head.masterName : head.slaveName).module
  }

  /** The key of a reporter at `ip` with this span; the same object again, most of the time. */
  keyOf(ip: string, spanMs: number): KnownKey {
    const known = this.#known
    for (let i = 0; i < known.length; i++) {
      const each = known[i] as Known
      if (each.spanMs === spanMs && each.ip === ip) return each
    }
    const key = statKeyOf(this.#head, this.#side, ip, spanMs)
    const made = { ip, spanMs, key, table: undefined, index: 0 }
    known[this.#next] = made
    this.#next = (this.#next + 1) % MAX_KEYS
    return made
  }
}

/** The key of what a reporter at `ip` says under this head. */
export function statKeyOf(head: StatMicMsgHead, side: Side, ip: string, spanMs: number): StatKey {
  const caller = splitModuleName(head.masterName)
  const callee = splitModuleName(head.slaveName)
  const isClient = side === 'client'
  return {
    callee: callee.module,
    interface: nameOf(head.interfaceName),
    caller: caller.module,
    calleeIp: nameOf(isClient ? head.slaveIp : ip),
    calleePort: portOf(head.slavePort),
    callerIp: nameOf(isClient ? ip : head.masterIp),
    returnCode: head.returnValue,
    set: setOfHead(head, callee),
    version: (isClient ? caller : callee).version || nameOf(head.tarsVersion),
    side,
    spanMs,
  }
}

function setOfHead(head: StatMicMsgHead, { joinedSet }: ModuleName): string {
  const { slaveSetName: name, slaveSetArea: area, slaveSetID: id } = head
  return setOf({ name, area, id }, joinedSet)
}

/** What is no port is unknown. */
function portOf(port: number): number {
  return port >= 0 && port <= 65_535 ? port : 0
}
