/** A cloud as it runs, on a clock that a test moves, asked as the console and agents ask it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Cloud, startCloud } from '../../src/cloud/cloud.ts'
import { parseCloudConfig } from '../../src/cloud/config.ts'
import type { StatRow } from '../../src/model/stat.ts'
import { silentLog } from '../../src/support/log.ts'
import { BATCH_MEDIA_TYPE, BATCH_PATH, encodeBatch } from '../../src/wire/index.ts'
import { CHEAP } from '../support/cheap-password.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { batch, window } from './series/fixture.ts'

export interface RealCloudOptions {
  readonly nowMs: number
  readonly rules: string
  /** Lines of the config beside address, data folder and rule file. */
  readonly config?: readonly string[]
}

export interface RealEnvironment {
  readonly id: string
  readonly envKey: string
}

/** An alert for each interface that failed five times. */
export const FAILURE_RULES = `
groups:
  - name: g
    rules:
      - alert: Failed
        expr: sum by (callee, interface) (sum_over_time(tars_exceptions[1h])) >= 5
        labels: {severity: ERROR}
`

/** Its folder goes with `close`. */
export class RealCloud {
  readonly clock: FakeClock
  readonly #root = mkdtempSync(join(tmpdir(), 'tars-alarm-cloud-'))
  readonly #config: string
  #cloud: Cloud | undefined
  #password = ''
  #cookie = ''
  readonly #seqs = new Map<string, number>()

  private constructor({ nowMs, rules, config = [] }: RealCloudOptions) {
    this.clock = new FakeClock(nowMs)
    const places = [`data: ${this.#root}/data`, `rules: [${this.#root}/rules.yaml]`]
    this.#config = ['listen: 127.0.0.1:0', ...places, ...config].join('\n')
    this.writeRules(rules)
  }

  static async open(options: RealCloudOptions): Promise<RealCloud> {
    const opened = new RealCloud(options)
    await opened.start()
    return opened
  }

  get #running(): Cloud {
    if (!this.#cloud) throw new RangeError('a cloud that does not run')
    return this.#cloud
  }

  get url(): string {
    return this.#running.url
  }

  /** Also after `stop`, on the same data. Logs in. */
  async start(): Promise<void> {
    const config = parseCloudConfig(this.#config, 'cloud.yaml')
    this.#cloud = await startCloud({
      config,
      clock: this.clock,
      log: silentLog,
      passwordCost: CHEAP,
    })
    this.#password ||= this.#cloud.firstPassword ?? ''
    const { status } = await this.call('POST', '/login', {
      name: 'admin',
      password: this.#password,
    })
    assert.equal(status, 200)
  }

  async stop(): Promise<void> {
    await this.#cloud?.stop()
    this.#cloud = undefined
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.#root, { recursive: true })
  }

  idle(): Promise<void> {
    return this.#running.idle()
  }

  writeRules(text: string): void {
    writeFileSync(join(this.#root, 'rules.yaml'), text)
  }

  reloadRules(): Promise<unknown> {
    return this.#running.reloadRules()
  }

  /** As a page of the console: `status` and what the answer says. */
  // biome-ignore lint/suspicious/noExplicitAny: an assertion reads what it expects
  async call(method: string, path: string, body?: unknown): Promise<any> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { cookie: this.#cookie, 'x-requested-with': 'tars-alarm', ...json },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    this.#cookie = answer.headers.get('set-cookie')?.split(';')[0] ?? this.#cookie
    return { status: answer.status, ...Object(await answer.json()) }
  }

  async createEnvironment(name: string): Promise<RealEnvironment> {
    const fields = { name, framework: 'TARSFramework' }
    return (await this.call('POST', '/environments', fields)).environment
  }

  /** As an agent: the window of 10 s that ends at `endMs`. */
  async post(
    { id, envKey }: RealEnvironment,
    stats: readonly StatRow[],
    endMs = this.clock.now(),
  ): Promise<void> {
    const windows = [window({ endMs, stats })]
    const seq = (this.#seqs.get(id) ?? 0) + 1
    this.#seqs.set(id, seq)
    const { ok } = await fetch(`${this.url}${BATCH_PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${envKey}`, 'content-type': BATCH_MEDIA_TYPE },
      body: new Uint8Array(encodeBatch(batch({ seq }, windows))),
    })
    assert.ok(ok)
  }
}
