import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { tarsDecode } from '../../src/cli/tars-decode.ts'
import { encodeRequest } from '../../src/tars/packet.ts'
import { captured, expectedOf } from './captured-packets.ts'

async function run(files: readonly string[], as?: string) {
  const out: string[] = []
  const err: string[] = []
  const options = as === undefined ? {} : { as }
  const code = await tarsDecode(
    files,
    options,
    (line) => out.push(line),
    (line) => err.push(line),
  )
  return { code, out: out.map((line) => JSON.parse(line)), err }
}

describe('tars-alarm tars decode', () => {
  it('prints every captured packet in the form of index.json', async () => {
    const { code, out, err } = await run(captured.map(({ path }) => path))
    const expected = captured.map((each) => {
      const { file, kind, header } = each
      return { file, kind, header, decoded: kind === 'request' ? expectedOf(each) : null }
    })
    assert.deepEqual(out, expected)
    assert.deepEqual(err, [])
    assert.equal(code, 0)
  })

  it('decodes a response as the function it is told', async () => {
    const { out } = await run(['test/fixtures/captures/query-response-7.bin'], 'MonitorQuery.query')
    assert.partialDeepStrictEqual(out[0].decoded, { ret: 0, rsp: { ret: -1, activeDb: 1 } })
  })

  it('shows a request of an unknown function without its body', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'tars-decode-'))
    test.after(() => rm(folder, { recursive: true }))
    const file = join(folder, 'own.bin')
    await writeFile(file, encodeRequest({ sFuncName: 'pay' }, Buffer.of(1, 2, 3)))
    const { code, out } = await run([file])
    assert.equal(code, 0)
    assert.partialDeepStrictEqual(out, [
      { file: 'own.bin', header: { sFuncName: 'pay' }, decoded: null },
    ])
  })

  it('tells the files that are no packets after the lines of the others, and fails', async () => {
    const good = 'test/fixtures/captures/notify-response.bin'
    const { code, out, err } = await run(['package.json', 'no/such.bin', good])
    assert.equal(code, 1)
    assert.deepEqual(
      out.map(({ file }) => file),
      ['notify-response.bin'],
    )
    assert.match(err[0] ?? '', /^package\.json: the length says/)
    assert.match(err[1] ?? '', /^no\/such\.bin: ENOENT/)
  })

  for (const as of ['MonitorQuery.nothing', 'StatF.constructor', 'query', '']) {
    it(`--as '${as}' is refused with the names there are`, async () => {
      const { code, err } = await run([], as)
      assert.equal(code, 1)
      assert.match(err[0] ?? '', /unknown, expected one of StatF\.reportMicMsg/)
    })
  }
})
