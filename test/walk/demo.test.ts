/** The demo as it is run: real agent and cloud processes, real TCP, live @tars/rpc servers, real SMTP. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const DEMO = fileURLToPath(new URL('../../scripts/demo/main.ts', import.meta.url))

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function demo(...args: string[]): Promise<Ran> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [DEMO, ...args],
      { env, timeout: 300_000 },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
  })
}

describe('npm run demo -- --once --json', async () => {
  const { code, stdout, stderr } = await demo('--once', '--json', '--speed', '15')

  it('exits with 0: the mails that must come have come', () => assert.equal(code, 0, stderr))

  it('prints one JSON line', () => {
    assert.equal(stdout.split('\n').length, 2)
    const outcome = JSON.parse(stdout)
    assert.deepEqual(Object.keys(outcome), [
      'records',
      'batches',
      'alarms',
      'mails',
      'detection_ms',
      'cloud_ms',
    ])
    assert.ok(outcome.records > 1800 && outcome.batches >= 50, stdout)
    assert.deepEqual(Object.keys(outcome.cloud_ms), ['median', 'max'])
  })

  it('tells the fault of a live server, its notifies, and the digest of what was held back', () => {
    const { alarms, mails } = JSON.parse(stdout)
    const ofPay = alarms.filter(({ labels }: { labels: Record<string, string> }) =>
      [labels.callee, labels.module].includes('DemoApp.PayServer'),
    )
    const names = new Set(ofPay.map(({ name }: { name: string }) => name))
    assert.deepEqual([...names].sort(), ['FailureRatio', 'NotifyError'])
    const notifies = mails.filter(
      ({ subject, to }: { subject: string; to: string }) =>
        subject.includes('DemoApp.PayServer-pay channel') && to === 'oncall@demo.invalid',
    )
    assert.ok(notifies.length >= 2, 'at once, and the digest when the window ends')
  })
})

describe('the demo refuses', () => {
  const cases = [
    ['a speed it cannot play', ['--speed', '0'], /--speed 0: expected 1 to 60/],
    [
      'a recording that is not there',
      ['--recording', 'nowhere'],
      /--recording nowhere: there is no such file/,
    ],
    ['a recording that is none', ['--recording', 'package.json'], /package\.json:1: /],
    ['an option there is not', ['--fast'], /'--fast'/],
  ] as const
  for (const [name, args, expected] of cases) {
    it(`${name}, with one line`, async () => {
      const { code, stderr } = await demo(...args)
      assert.equal(code, 1)
      assert.match(stderr, expected)
    })
  }
})
