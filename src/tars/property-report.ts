/** The body of `PropertyF.reportPropMsg`, decoded by hand; the schema is in `idl/property-f.ts`. */
import { HeadTable } from './head-table.ts'
import { type StatPropInfo, StatPropMsgBody, StatPropMsgHead } from './idl/property-f.ts'
import { Reader } from './reader.ts'
import * as wire from './wire-type.ts'

export interface PropertyRecord {
  /** The same object for the same bytes, most of the time: see `HeadTable`. */
  readonly head: StatPropMsgHead
  /** Values by policy: `Max`, `Min`, `Count`, `Sum`, `Avg` a number as text, `Distr` `5|0,10|3,max|1`. */
  readonly vInfo: readonly StatPropInfo[]
}

export interface PropertyReport {
  readonly records: readonly PropertyRecord[]
}

const MIN_RECORD_BYTES = StatPropMsgHead.minBytes + StatPropMsgBody.minBytes

export class PropertyDecoder {
  readonly #heads = new HeadTable(readHead)

  /** @throws {DecodeError} */
  decode(body: Buffer): PropertyReport {
    const reader = new Reader(body)
    if (!reader.seek(1)) throw reader.missing('statmsg (tag 1)')
    reader.expect(wire.MAP)
    const size = reader.size(MIN_RECORD_BYTES)
    const records: PropertyRecord[] = []
    for (let i = 0; i < size; i++) {
      const head = this.#heads.read(reader, size)
      reader.item()
      records.push({ head, vInfo: StatPropMsgBody.read(reader).vInfo })
    }
    return { records }
  }
}

// The header was read and looked at by the table; the schema looks again.
function readHead(reader: Reader): StatPropMsgHead {
  reader.type = wire.STRUCT
  return StatPropMsgHead.read(reader)
}
