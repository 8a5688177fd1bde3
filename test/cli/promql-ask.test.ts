/** `tars-alarm promql EXPR --url …` against a door that answers as Prometheus does. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { temporaryFolder } from '../cloud/series/fixture.ts'
import { tarsAlarm } from './command.ts'

interface Asked {
  readonly path: string
  readonly body: URLSearchParams
  readonly authorization: string | undefined
}

/** Answers everything with `answer`; returns its address and what was asked. */
async function door(t: TestContext, status: number, answer: unknown) {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = new URLSearchParams(Buffer.concat(chunks).toString())
    const { authorization } = request.headers
    asked.push({ path: request.url ?? '', body, authorization })
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/prometheus/al-x/`, asked }
}

const vector = (...result: unknown[]) => ({
  status: 'success',
  data: { resultType: 'vector', result },
  warnings: ['a block is damaged'],
})

describe('tars-alarm promql --url', () => {
  it('prints a line for each series, and what the cloud warns of', async (t) => {
    const { url, asked } = await door(
      t,
      200,
      vector(
        { metric: { __name__: 'up', job: 'a' }, value: [1, '1'] },
        { metric: { __name__: 'up', job: 'bcd' }, value: [1, 'NaN'] },
      ),
    )
    const token = join(await temporaryFolder(t), 'token')
    await writeFile(token, 'secret\n')
    const args = [
      'promql',
      'up',
      '--url',
      url,
      '--token-file',
      token,
      '--at',
      '2026-01-01T08:00:00+08:00',
    ]
    const { code, stdout } = await tarsAlarm(args)
    assert.equal(code, 0)
    assert.equal(stdout, 'up{job="a"}    1\nup{job="bcd"}  NaN\n! a block is damaged\n')
    assert.equal(asked[0]?.path, '/prometheus/al-x/api/v1/query')
    assert.equal(asked[0]?.body.get('time'), '1767225600')
    assert.equal(asked[0]?.authorization, 'Bearer secret')
  })

  it('draws what was since then', async (t) => {
    const values = [1, 2, 3, 8].map((value, at) => [at * 60, String(value)])
    const { url, asked } = await door(t, 200, {
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: { a: 'b' }, values }] },
    })
    const { stdout } = await tarsAlarm([
      'promql',
      'x',
      '--url',
      url,
      '--since',
      '1h',
      '--at',
      '3600',
    ])
    assert.equal(stdout, '{a="b"}  ▁▂▃█  1 … 8\n')
    const { start, end, step } = Object.fromEntries(asked[0]?.body ?? [])
    assert.deepEqual([start, end, step], ['0', '3600', '60'])
  })

  const refused: readonly [string, string[], RegExp][] = [
    ['an expression that is wrong is not asked', ['rate(up)'], /1:6: parse error/],
    ['what the cloud refuses is told', ['up'], /HTTP 401: unknown API token/],
    ['a time that is none', ['up', '--at', 'noon'], /--at 'noon': neither Unix seconds nor/],
    ['a duration that is none', ['up', '--since', '1x'], /--since '1x': no duration/],
    [
      'a token that is not there',
      ['up', '--token-file', '/nowhere/t'],
      /--token-file \/nowhere\/t/,
    ],
  ]
  for (const [name, args, message] of refused) {
    it(name, async (t) => {
      const error = { status: 'error', errorType: 'unauthorized', error: 'unknown API token' }
      const { url } = await door(t, 401, error)
      const { code, stdout, stderr } = await tarsAlarm(['promql', ...args, '--url', url])
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, message)
    })
  }

  it('a cloud that is not there', async () => {
    const { code, stderr } = await tarsAlarm(['promql', 'up', '--url', 'http://127.0.0.1:65533/x'])
    assert.equal(code, 1)
    assert.match(stderr, /127\.0\.0\.1:65533\/x\/api\/v1\/query: connect ECONNREFUSED/)
  })
})
