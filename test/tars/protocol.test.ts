/** `protocol/*.tars` and `src/tars/idl` say the same: names, tags, kinds of types, functions. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import * as adminF from '../../src/tars/idl/admin-f.ts'
import * as adminReg from '../../src/tars/idl/admin-reg.ts'
import * as agent from '../../src/tars/idl/agent.ts'
import * as configF from '../../src/tars/idl/config-f.ts'
import * as monitorQuery from '../../src/tars/idl/monitor-query.ts'
import * as notifyF from '../../src/tars/idl/notify-f.ts'
import * as propertyF from '../../src/tars/idl/property-f.ts'
import * as queryF from '../../src/tars/idl/query-f.ts'
import * as serverF from '../../src/tars/idl/server-f.ts'
import * as statF from '../../src/tars/idl/stat-f.ts'
import { Reader } from '../../src/tars/reader.ts'
import type { Interface, Struct } from '../../src/tars/schema.ts'

const modules: Record<string, Record<string, unknown>> = {
  StatF: { ...statF },
  PropertyF: { ...propertyF },
  NotifyF: { ...notifyF },
  MonitorQuery: { ...monitorQuery },
  QueryF: { ...queryF },
  AdminReg: { ...adminReg },
  ConfigF: { ...configF },
  ServerF: { ...serverF },
  AdminF: { ...adminF },
  Agent: { ...agent },
}

/** Types of the wire that a zero value of an IDL type is written with. */
const WIRE_TYPES: [RegExp, number][] = [
  [/^string$/, 6],
  [/^vector</, 9],
  [/^map</, 8],
  [/^(int|long|bool|[A-Z]\w*)$/, 12],
]

for (const [file, module] of Object.entries(modules)) {
  const idl = readFileSync(`protocol/${file}.tars`, 'utf8').replace(/\/\/.*/g, '')

  describe(`protocol/${file}.tars`, () => {
    for (const [, name = '', body = ''] of idl.matchAll(/struct (\w+)\s*\{([^}]*)\}/g)) {
      it(`struct ${name}`, () => checkStruct(module[name] as Struct<object>, fieldsOf(body)))
    }

    it('functions', () => {
      const [, body = ''] = /interface \w+\s*\{([^}]*)\}/.exec(idl) ?? []
      const names = [...body.matchAll(/(\w+)\(/g)].map(([, name]) => name)
      assert.deepEqual(Object.keys(module[file] as Interface).sort(), names.sort())
    })
  })
}

function fieldsOf(body: string): { tag: number; type: string; name: string }[] {
  const fields = body.matchAll(/(\d+)\s+(?:require|optional)\s+(.+?)\s+(\w+)(?:\s*=\s*\d+)?;/g)
  return [...fields].map(([, tag, type = '', name = '']) => ({ tag: Number(tag), type, name }))
}

function checkStruct(struct: Struct<object>, fields: ReturnType<typeof fieldsOf>): void {
  const zero = struct.zero()
  assert.deepEqual(
    Object.keys(zero),
    fields.map(({ name }) => name),
  )
  const reader = new Reader(struct.bare.encode(zero))
  for (const { tag, type, name } of fields) {
    assert.ok(reader.seek(tag), `${name} has the tag ${tag}`)
    const expected = WIRE_TYPES.find(([pattern]) => pattern.test(type))?.[1]
    // `iPropertyVer` is 1 when it was never set, so not a zero on the wire.
    assert.equal(reader.type, name === 'iPropertyVer' ? 0 : expected, `${type} ${name}`)
    reader.skip()
  }
  assert.equal(reader.position, reader.end, 'nothing that the IDL does not know')
}
